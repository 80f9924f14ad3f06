#include "collector/operator/json.h"

#include "absl/strings/str_cat.h"
#include "common/text.h"
#include "google/protobuf/util/json_util.h"

namespace faultline::operator_api {

std::string ToJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string json;
  // Fails only for types that it cannot resolve; ours are linked in.
  if (!google::protobuf::util::MessageToJsonString(message, &json, options).ok()) return "{}";
  return json;
}

absl::Status FromJson(const std::string& json, google::protobuf::Message* message) {
  const auto status = google::protobuf::util::JsonStringToMessage(json, message);
  if (status.ok()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("the body is not what this call takes, as JSON: ",
                                                 CleanText(std::string(status.message()), 300)));
}

}  // namespace faultline::operator_api
