#include "agent/link/join_token_file.h"

#include "absl/strings/str_cat.h"
#include "agent/host/secret_file.h"

namespace faultline::link {

absl::StatusOr<JoinToken> ReadJoinToken(const std::string& path) {
  const absl::StatusOr<host::Secret> text = host::ReadSecretFile(path, "the join token's file");
  if (absl::IsNotFound(text.status())) {
    return absl::NotFoundError(absl::StrCat(
        text.status().message(), "; write a token there that the collector has made, mode 600"));
  }
  if (!text.ok()) return text.status();
  absl::StatusOr<JoinToken> token = ParseJoinToken(text->value());
  if (!token.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": ", token.status().message()));
  }
  return token;
}

}  // namespace faultline::link
