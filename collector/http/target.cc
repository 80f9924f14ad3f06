#include "collector/http/target.h"

#include <utility>

#include "absl/status/status.h"

namespace faultline::http {
namespace {

constexpr size_t kMaxParameters = 32;

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// In a query, '+' is a space.
absl::StatusOr<std::string> Decode(std::string_view text, bool query) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      const int high = i + 1 < text.size() ? HexDigit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? HexDigit(text[i + 2]) : -1;
      if (high < 0 || low < 0) {
        return absl::InvalidArgumentError("the target has a '%' without two hexadecimal digits");
      }
      c = static_cast<char>(high * 16 + low);
      i += 2;
    } else if (c == '+' && query) {
      c = ' ';
    }
    if (c == '\0') return absl::InvalidArgumentError("the target holds a NUL byte");
    out += c;
  }
  return out;
}

}  // namespace

absl::StatusOr<Target> ParseTarget(std::string_view target) {
  if (target.empty() || target[0] != '/') {
    return absl::InvalidArgumentError("the target has to be a path that begins with '/'");
  }
  const size_t mark = target.find('?');
  auto path = Decode(target.substr(0, mark), false);
  if (!path.ok()) return path.status();
  Target out{*std::move(path), {}};
  if (mark == std::string_view::npos) return out;

  std::string_view rest = target.substr(mark + 1);
  while (!rest.empty()) {
    const size_t end = rest.find('&');
    const std::string_view part = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    if (part.empty()) continue;
    if (out.query.size() == kMaxParameters) {
      return absl::InvalidArgumentError("the target has more than 32 parameters");
    }
    const size_t equals = part.find('=');
    auto name = Decode(part.substr(0, equals), true);
    if (!name.ok()) return name.status();
    auto value = Decode(
        equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1), true);
    if (!value.ok()) return value.status();
    out.query.emplace_back(*std::move(name), *std::move(value));
  }
  return out;
}

}  // namespace faultline::http
