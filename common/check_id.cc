#include "common/check_id.h"

#include <algorithm>
#include <cctype>

#include "absl/status/status.h"
#include "common/text.h"

namespace faultline {
namespace {

bool IsKind(std::string_view s) {
  if (s.empty() || s.size() > 32 || s[0] < 'a' || s[0] > 'z') return false;
  return std::all_of(s.begin(), s.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

// As text that goes on everywhere: what is not valid UTF-8 cannot even be sent.
bool IsTarget(std::string_view s) {
  return !s.empty() && s.size() <= 256 && CleanText(s, s.size()) == s;
}

bool IsName(std::string_view s) {
  if (s.empty() || s.size() > 64) return false;
  return std::all_of(s.begin(), s.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '.' || c == '-';
  });
}

}  // namespace

std::string CheckId::ToString() const {
  std::string text = kind + ":" + target;
  if (!name.empty()) text += "#" + name;
  return text;
}

absl::Status ValidateCheckId(const CheckId& id) {
  if (!IsKind(id.kind)) {
    return absl::InvalidArgumentError(
        "kind must be 1 to 32 of a-z, 0-9 and _, starting with a letter");
  }
  if (!IsTarget(id.target)) {
    return absl::InvalidArgumentError("target must be 1 to 256 bytes of printable UTF-8");
  }
  // Protobuf's strings hold nothing else: one such target would end its agent's stream.
  if (ValidUtf8(id.target) != id.target.size()) {
    return absl::InvalidArgumentError(
        "target must be UTF-8; what has a name in another encoding cannot be watched under it");
  }
  if (!id.name.empty() && !IsName(id.name)) {
    return absl::InvalidArgumentError("name must be at most 64 letters, digits, '_', '.' or '-'");
  }
  return absl::OkStatus();
}

absl::StatusOr<CheckId> ParseCheckId(std::string_view text) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) {
    return absl::InvalidArgumentError("a check is written kind:target, like unit:mysql.service");
  }
  CheckId id;
  id.kind = text.substr(0, colon);
  std::string_view rest = text.substr(colon + 1);
  const size_t hash = rest.rfind('#');
  if (hash != std::string_view::npos && hash > 0 && IsName(rest.substr(hash + 1))) {
    id.name = rest.substr(hash + 1);
    rest = rest.substr(0, hash);
  }
  id.target = rest;
  if (absl::Status valid = ValidateCheckId(id); !valid.ok()) return valid;
  return id;
}

}  // namespace faultline
