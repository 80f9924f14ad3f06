#include "common/identity.h"

#include <algorithm>
#include <cctype>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace faultline {
namespace {

constexpr std::string_view kScheme = "faultline://";

bool IsPart(std::string_view s) {
  if (s.empty() || s.size() > 63) return false;
  return std::all_of(s.begin(), s.end(), [](unsigned char c) {
    return c < 0x80 && (std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.');
  });
}

absl::Status BadPart(std::string_view part) {
  return absl::InvalidArgumentError(
      absl::StrCat(std::string(part),
                   " in the certificate's faultline:// URI must be 1 to 63 letters, digits, '-', "
                   "'_' or '.'"));
}

}  // namespace

absl::StatusOr<HostIdentity> ParseIdentityUri(std::string_view uri) {
  if (uri.substr(0, kScheme.size()) != kScheme) {
    return absl::InvalidArgumentError("not a faultline:// URI");
  }
  uri.remove_prefix(kScheme.size());
  const size_t question = uri.find('?');
  const std::string_view path = uri.substr(0, question);
  const std::string_view query =
      question == std::string_view::npos ? std::string_view() : uri.substr(question + 1);
  const size_t slash = path.find('/');
  if (slash == std::string_view::npos) {
    return absl::InvalidArgumentError("the faultline:// URI has no host: faultline://STACK/HOST");
  }
  HostIdentity identity;
  identity.id.stack.stack = path.substr(0, slash);
  identity.id.host = path.substr(slash + 1);
  if (!IsPart(identity.id.stack.stack)) return BadPart("stack");
  if (!IsPart(identity.id.host)) return BadPart("host");
  if (query.empty()) return identity;
  const std::vector<std::string> pairs = absl::StrSplit(std::string(query), '&');
  for (const std::string& pair : pairs) {
    const std::string_view view = pair;
    if (view.substr(0, 4) == "env=") {
      identity.id.stack.env = view.substr(4);
      if (!IsPart(identity.id.stack.env)) return BadPart("env");
    } else if (view.substr(0, 5) == "role=") {
      identity.role = view.substr(5);
      if (!IsPart(identity.role)) return BadPart("role");
    } else {
      return absl::InvalidArgumentError("the faultline:// URI has an unknown query field");
    }
  }
  return identity;
}

std::string IdentityUri(const HostIdentity& identity) {
  std::string uri =
      absl::StrCat(std::string(kScheme), identity.id.stack.stack, "/", identity.id.host);
  char separator = '?';
  for (const auto& [name, value] :
       {std::pair{"env=", &identity.id.stack.env}, {"role=", &identity.role}}) {
    if (value->empty()) continue;
    absl::StrAppend(&uri, std::string(1, separator), name, *value);
    separator = '&';
  }
  return uri;
}

const std::vector<std::string>& HostRoles() {
  static const auto* const kRoles =
      new std::vector<std::string>{"app", "db", "collector", "outside"};
  return *kRoles;
}

bool IsIdentityName(std::string_view name) {
  return IsPart(name) && std::isalnum(static_cast<unsigned char>(name.front())) != 0;
}

}  // namespace faultline
