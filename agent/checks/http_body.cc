#include "agent/checks/http_body.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <re2/re2.h>

#include <array>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "agent/checks/log_mask.h"
#include "common/text.h"

namespace faultline::checks {
namespace {

constexpr size_t kMaxLooked = 4096;
constexpr size_t kMaxBodyShown = 300;

using JsonObject = google::protobuf::Struct;
using JsonValue = google::protobuf::Value;

// Masked before it is cut: a cut secret might not be known as one.
std::string BodyText(std::string_view text) {
  std::string line = CleanText(text.substr(0, kMaxLooked), kMaxLooked);
  RE2::GlobalReplace(&line, R"(\s+)", " ");
  absl::StripAsciiWhitespace(&line);
  return CleanText(MaskSecrets(line), kMaxBodyShown);
}

const JsonValue* Field(const JsonObject& object, const char* name) {
  const auto found = object.fields().find(name);
  return found == object.fields().end() ? nullptr : &found->second;
}

std::optional<int> ErrorNumber(const JsonObject& object) {
  for (const char* name : {"errno", "number", "code"}) {
    const JsonValue* value = Field(object, name);
    if (value == nullptr) continue;
    double number = 0;
    if (value->has_number_value()) {
      number = value->number_value();
    } else if (!value->has_string_value() || !absl::SimpleAtod(value->string_value(), &number)) {
      continue;
    }
    if (number >= 1000 && number <= 9999 && number == static_cast<int>(number)) {
      return static_cast<int>(number);
    }
  }
  return std::nullopt;
}

std::string ErrorWords(const JsonObject& object) {
  for (const char* name : {"text", "message", "error", "detail"}) {
    const JsonValue* value = Field(object, name);
    if (value != nullptr && value->has_string_value()) return BodyText(value->string_value());
  }
  return "";
}

}  // namespace

std::string BodySnippet(const std::string& body) {
  std::string title;
  const std::string_view head = std::string_view(body).substr(0, kMaxLooked);
  if (RE2::PartialMatch(re2::StringPiece(head.data(), head.size()),
                        R"((?is)<title[^>]*>([^<]+)</title>)", &title)) {
    return BodyText(title);
  }
  return BodyText(body);
}

std::optional<AppError> DatabaseErrorOf(const std::string& body) {
  const size_t first = body.find_first_not_of(" \t\r\n");
  if (first == std::string::npos || body[first] != '{') return std::nullopt;
  JsonObject object;
  if (!google::protobuf::util::JsonStringToMessage(body, &object).ok()) return std::nullopt;
  const JsonValue* nested = Field(object, "error");
  std::array<const JsonObject*, 2> places = {nullptr, &object};
  if (nested != nullptr && nested->has_struct_value()) places[0] = &nested->struct_value();
  for (const JsonObject* place : places) {
    if (place == nullptr) continue;
    if (const std::optional<int> number = ErrorNumber(*place); number.has_value()) {
      return AppError{*number, ErrorWords(*place)};
    }
  }
  return std::nullopt;
}

}  // namespace faultline::checks
