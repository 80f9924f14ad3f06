// What the collector tells others as JSON: names as in the .proto, zeroes and empty lists included.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "google/protobuf/message.h"

namespace faultline::operator_api {

// One line, without a final newline. Total: messages hold only valid UTF-8 (CleanText makes it).
std::string ToJson(const google::protobuf::Message& message);

// The other way round. InvalidArgument says what is wrong; unknown fields are.
absl::Status FromJson(const std::string& json, google::protobuf::Message* message);

}  // namespace faultline::operator_api
