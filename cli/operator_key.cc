#include "cli/operator_key.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "cli/terminal_text.h"
#include "common/secret_mode.h"

namespace faultline::cli {
namespace {

constexpr size_t kKeyDigits = 64;

}  // namespace

absl::StatusOr<std::string> ReadOperatorKey(const std::string& file) {
  errno = 0;
  std::ifstream in(file);
  if (!in) {
    const int error = errno;
    const std::string name = TerminalText(file, 300);
    if (error == EACCES || error == EPERM) {
      return absl::PermissionDeniedError(
          absl::StrCat("you may not read the operator key ", name,
                       ": root and the collector's group may. Use sudo, or: sudo usermod -aG "
                       "faultline-collector \"$USER\" (and log in again)"));
    }
    return absl::FailedPreconditionError(absl::StrCat(
        "cannot read the operator key ", name, ": ", strerror(error),
        ". The collector makes it at its first start, on its own host; copy it from there and name "
        "it with --operator-key-file or $FAULTLINE_OPERATOR_KEY_FILE"));
  }
  if (const std::string open = OpenToOthers(file); !open.empty()) {
    return absl::FailedPreconditionError(TerminalText(open, 700));
  }
  std::string key(kKeyDigits + 2, '\0');
  in.read(key.data(), static_cast<std::streamsize>(key.size()));
  key.resize(static_cast<size_t>(in.gcount()));
  absl::StripAsciiWhitespace(&key);
  const bool is_key = key.size() == kKeyDigits &&
                      key.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
  if (is_key) return key;
  return absl::FailedPreconditionError(
      absl::StrCat(TerminalText(file, 300), " is no operator key: one is 64 hexadecimal digits"));
}

absl::Status CheckKeyMayTravel(const std::string& collector) {
  if (absl::StartsWith(collector, "https://")) return absl::OkStatus();
  std::string host = collector.substr(collector.find("://") + 3);
  host = host.substr(0, host.find('/'));
  if (!absl::StartsWith(host, "[")) host = host.substr(0, host.find(':'));
  const bool is_local =
      host == "localhost" || absl::StartsWith(host, "[::1]") ||
      (absl::StartsWith(host, "127.") && host.find_first_not_of("0123456789.") == host.npos);
  if (is_local) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("the operator key would go to ", TerminalText(host, 100),
                   " unencrypted. Come by: ssh -L 7480:127.0.0.1:7480 ", TerminalText(host, 100)));
}

}  // namespace faultline::cli
