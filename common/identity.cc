#include "common/identity.h"

#include <algorithm>
#include <cctype>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
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
  std::vector<std::string> roles;
  const std::vector<std::string> pairs = absl::StrSplit(std::string(query), '&');
  for (const std::string& pair : pairs) {
    const std::string_view view = pair;
    if (view.substr(0, 4) == "env=") {
      identity.id.stack.env = view.substr(4);
      if (!IsPart(identity.id.stack.env)) return BadPart("env");
    } else if (view.substr(0, 5) == "role=") {
      roles.emplace_back(view.substr(5));
      if (!IsPart(roles.back())) return BadPart("role");
      if (roles.size() > kMaxRoles) {
        return absl::InvalidArgumentError(
            absl::StrCat("the faultline:// URI has more than ", kMaxRoles, " roles"));
      }
    } else {
      return absl::InvalidArgumentError("the faultline:// URI has an unknown query field");
    }
  }
  identity.role = RoleList(std::move(roles));
  return identity;
}

std::string IdentityUri(const HostIdentity& identity) {
  std::string uri =
      absl::StrCat(std::string(kScheme), identity.id.stack.stack, "/", identity.id.host);
  char separator = '?';
  const auto add = [&](absl::string_view name, const std::string& value) {
    absl::StrAppend(&uri, std::string(1, separator), name, value);
    separator = '&';
  };
  if (!identity.id.stack.env.empty()) add("env=", identity.id.stack.env);
  for (const std::string& role : RolesIn(identity.role)) add("role=", role);
  return uri;
}

const std::vector<std::string>& HostRoles() {
  static const auto* const kRoles =
      new std::vector<std::string>{"app", "db", "collector", "outside", "host"};
  return *kRoles;
}

std::string RoleList(std::vector<std::string> roles) {
  std::sort(roles.begin(), roles.end());
  roles.erase(std::unique(roles.begin(), roles.end()), roles.end());
  return absl::StrJoin(roles, ",");
}

std::vector<std::string> RolesIn(std::string_view list) {
  std::vector<std::string> roles;
  for (const absl::string_view part :
       absl::StrSplit(absl::string_view(list.data(), list.size()), ',', absl::SkipWhitespace())) {
    roles.emplace_back(absl::StripAsciiWhitespace(part));
  }
  return roles;
}

bool IsIdentityName(std::string_view name) {
  return IsPart(name) && std::isalnum(static_cast<unsigned char>(name.front())) != 0;
}

}  // namespace faultline
