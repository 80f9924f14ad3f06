#include "cli/client.h"

#include "absl/strings/str_cat.h"
#include "cli/terminal_text.h"
#include "google/protobuf/util/json_util.h"

namespace faultline::cli {
namespace {

struct Body {
  std::string text;
  bool too_large = false;
};

size_t OnBody(const char* data, size_t size, size_t count, void* user) {
  Body& body = *static_cast<Body*>(user);
  if (body.text.size() + size * count > Client::kMaxAnswerBytes) {
    body.too_large = true;
    return 0;
  }
  body.text.append(data, size * count);
  return size * count;
}

}  // namespace

absl::Status ParseJson(std::string_view json, google::protobuf::Message* message) {
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  const auto status =
      google::protobuf::util::JsonStringToMessage(std::string(json), message, options);
  if (status.ok()) return absl::OkStatus();
  return absl::InternalError(absl::StrCat(
      "the collector's answer cannot be read as its operator API: ",
      TerminalText(status.ToString(), 300), ". Does --collector name the collector's HTTP port?"));
}

absl::StatusOr<std::string> Client::GetText(const std::string& path) const {
  HttpHandle handle(options_, path);
  return Perform(handle);
}

absl::StatusOr<std::string> Client::PostText(const std::string& path, const std::string& json,
                                             const std::string& key) const {
  HttpHandle handle(options_, path);
  curl_easy_setopt(handle.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(json.size()));
  curl_easy_setopt(handle.get(), CURLOPT_COPYPOSTFIELDS, json.c_str());
  handle.AddHeader("Content-Type: application/json");
  if (!key.empty()) handle.AddHeader(absl::StrCat("Authorization: Bearer ", key));
  return Perform(handle);
}

absl::StatusOr<std::string> Client::Perform(HttpHandle& handle) const {
  Body body;
  const auto timeout_ms = static_cast<long>(options_.timeout.ns / 1'000'000);  // NOLINT
  curl_easy_setopt(handle.get(), CURLOPT_TIMEOUT_MS, timeout_ms);
  curl_easy_setopt(handle.get(), CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(handle.get(), CURLOPT_WRITEDATA, &body);
  handle.AddHeader("Accept: application/json");
  const CURLcode code = curl_easy_perform(handle.get());
  if (body.too_large) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the collector's answer is larger than ", kMaxAnswerBytes >> 20U,
                     " MiB. Ask for less: --stack, --host, --state or --limit"));
  }
  if (code != CURLE_OK) return handle.Unreachable(code);
  if (handle.response_code() != 200) return handle.Refused(body.text);
  return std::move(body.text);
}

}  // namespace faultline::cli
