// A report as JSON.
#pragma once

#include <string>

#include "google/protobuf/message.h"

namespace faultline::agent {

// Indented, with a newline at the end; every field is there under its name in the .proto file.
std::string ToJson(const google::protobuf::Message& message);

}  // namespace faultline::agent
