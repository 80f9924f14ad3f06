#include "common/place.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "common/process_owner.h"

namespace faultline {

absl::Status CheckPlace(const std::string& directory) {
  for (std::string place = directory;;) {
    struct stat info {};
    if (stat(place.c_str(), &info) == 0) {
      if (!S_ISDIR(info.st_mode)) {
        return absl::InvalidArgumentError(
            absl::StrCat(place, " is not a directory; name another place, or move it away"));
      }
      if (access(place.c_str(), W_OK | X_OK) == 0) return absl::OkStatus();
      return absl::PermissionDeniedError(
          absl::StrCat("may not write in ", place, "; ", HowToMayWrite(place)));
    }
    if (errno != ENOENT && errno != ENOTDIR) {
      return absl::ErrnoToStatus(errno, absl::StrCat("cannot look at ", place));
    }
    const size_t slash = place.find_last_of('/');
    if (slash == std::string::npos) {
      place = ".";
    } else {
      place.resize(slash == 0 ? 1 : slash);
    }
  }
}

}  // namespace faultline
