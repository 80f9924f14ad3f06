#include "common/secret_mode.h"

#include <sys/stat.h>

#include "absl/strings/str_format.h"

namespace faultline {

std::string OpenToOthers(const std::string& path, unsigned forbidden) {
  struct stat info {};
  // Not of a pipe or a terminal, whose mode says nothing of what comes through.
  if (stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return "";
  if ((info.st_mode & forbidden) == 0) return "";
  return absl::StrFormat(
      "%s has mode %04o, so others on this host may %s a secret; if it is the right file, type: "
      "chmod %o %s (and think of "
      "what was read already)",
      path, info.st_mode & 07777U, (info.st_mode & forbidden & 044U) != 0 ? "read" : "change",
      info.st_mode & 0777U & ~forbidden, path);
}

}  // namespace faultline
