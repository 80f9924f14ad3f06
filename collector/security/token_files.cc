#include "collector/security/token_files.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "collector/security/private_file.h"
#include "common/log.h"

namespace faultline::security {
namespace {

constexpr size_t kMaxBytes = 4096;

absl::StatusOr<bool> Import(const config::TokenSource& source, Joining& joining) {
  const auto token = ReadTokenFile(source.file);
  if (!token.ok()) return token.status();
  return joining.ImportToken(*token,
                             {.stack = {source.stack, source.env},
                              .roles = source.roles,
                              .replace = source.replace,
                              .uses = source.uses,
                              .ttl = source.ttl},
                             source.file);
}

}  // namespace

absl::StatusOr<JoinToken> ReadTokenFile(const std::string& file) {
  auto text = ReadGuardedFile(file, "its file", kMaxBytes, 027);
  if (!text.ok()) return text.status();
  const auto token = ParseJoinToken(std::string(absl::StripAsciiWhitespace(*text)));
  if (token.ok()) return token;
  return absl::InvalidArgumentError(absl::StrCat(file, " ", token.status().message()));
}

int ImportTokenFiles(const std::vector<config::TokenSource>& sources, Joining& joining) {
  int imported = 0;
  for (size_t i = 0; i < sources.size(); ++i) {
    const auto is_new = Import(sources[i], joining);
    if (!is_new.ok()) {
      LogWarning(
          absl::StrCat("authority.tokens[", i, "] is not taken: ", is_new.status().message()));
    } else if (*is_new) {
      ++imported;
    }
  }
  return imported;
}

}  // namespace faultline::security
