#include "common/reload_notice.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace faultline {

std::vector<std::string> RefusalLines(const absl::Status& status) {
  std::vector<std::string> lines = {
      "the configuration was not reloaded and nothing has changed; mend this and reload again:"};
  for (const absl::string_view line : absl::StrSplit(status.message(), '\n')) {
    lines.emplace_back(line);
  }
  return lines;
}

std::string ReloadingNotice(MonoTime now) {
  return absl::StrCat("RELOADING=1\nMONOTONIC_USEC=", now.ns / 1000);
}

}  // namespace faultline
