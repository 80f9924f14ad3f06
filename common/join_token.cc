#include "common/join_token.h"

#include "absl/strings/str_cat.h"

namespace faultline {
namespace {

bool IsBase32(std::string_view text) {
  return text.find_first_not_of(kTokenAlphabet) == std::string_view::npos;
}

absl::Status Malformed(const char* what) {
  return absl::InvalidArgumentError(
      absl::StrCat("the join token ", what,
                   "; a token is ftok.ID.SECRET with 10 and 26 characters, as `faultline token "
                   "create` on the collector printed it"));
}

// The label, a zero byte and what follows.
std::string Labelled(std::string_view label, std::string_view a, std::string_view b = "") {
  std::string text(label);
  text += '\0';
  text += a;
  text += b;
  return text;
}

}  // namespace

absl::StatusOr<JoinTokenParts> SplitJoinToken(std::string_view text) {
  if (text.empty()) return Malformed("is empty");
  if (text.substr(0, kTokenPrefix.size()) != kTokenPrefix) {
    return Malformed("does not begin with \"ftok.\"");
  }
  const std::string_view rest = text.substr(kTokenPrefix.size());
  const size_t dot = rest.find('.');
  if (dot == std::string_view::npos) return Malformed("has no second dot");
  const JoinTokenParts parts{rest.substr(0, dot), rest.substr(dot + 1)};
  if (parts.id.size() != kTokenIdSize) return Malformed("has an ID that is too short or too long");
  if (parts.secret.size() != kTokenSecretSize) {
    return Malformed("has a SECRET that is too short or too long (was it cut off?)");
  }
  if (!IsBase32(parts.id) || !IsBase32(parts.secret)) {
    return Malformed("has characters other than a to z and 2 to 7");
  }
  return parts;
}

bool IsTokenId(std::string_view text) { return text.size() == kTokenIdSize && IsBase32(text); }

std::string AuthorityProofText(std::string_view nonce, std::string_view authority) {
  return Labelled("faultline proof v1", nonce, authority);
}

std::string RenewalText(std::string_view request) {
  return Labelled("faultline renew v1", request);
}

}  // namespace faultline
