#include "collector/security/operator_key.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "collector/security/digest.h"
#include "collector/security/private_file.h"

namespace faultline::security {
namespace {

constexpr size_t kKeyBytes = 32;
constexpr std::string_view kScheme = "bearer ";

absl::Status MakeOperatorKey(const std::string& path) {
  // Aside first, so that no crash leaves half a key.
  const std::string aside = path + ".making";
  (void)unlink(aside.c_str());
  absl::Status made = WriteNewFile(aside, absl::StrCat(Hex(RandomBytes(kKeyBytes)), "\n"), 0640);
  if (made.ok() && rename(aside.c_str(), path.c_str()) != 0) {
    made = absl::ErrnoToStatus(errno, absl::StrCat("cannot put in place ", path));
  }
  if (made.ok()) made = SyncDirectory(ParentOf(path));
  if (made.ok()) return made;
  return absl::Status(made.code(), absl::StrCat("operator.key_file: ", made.message()));
}

}  // namespace

absl::StatusOr<OperatorKey> OperatorKey::OpenOrMake(const std::string& path) {
  auto key = Open(path);
  if (!absl::IsNotFound(key.status())) return key;
  if (absl::Status made = MakeOperatorKey(path); !made.ok()) return made;
  return Open(path);
}

absl::StatusOr<OperatorKey> OperatorKey::Open(const std::string& path) {
  auto text = ReadGuardedFile(path, "operator.key_file", 4096, 027);
  if (!text.ok()) return text.status();
  const std::string key(absl::StripAsciiWhitespace(*text));
  if (FromHex(key).size() != kKeyBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("operator.key_file: ", path,
                     " does not hold 64 hexadecimal digits; remove it, and the next start makes a "
                     "new one"));
  }
  return OperatorKey(absl::AsciiStrToLower(key));
}

bool OperatorKey::Matches(std::string_view authorization) const {
  const std::string shown = absl::AsciiStrToLower(std::string(authorization));
  return shown.rfind(kScheme, 0) == 0 &&
         SecretsEqual(std::string_view(shown).substr(kScheme.size()), key_);
}

}  // namespace faultline::security
