// The last lines of the kernel's log, as journalctl -k shows them.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/clock.h"

namespace faultline::host {

struct KernelLine {
  std::string text;  // at most 1 KiB, hostile: user programs choose their names
  WallTime at;
};

// Lines written in the last `reach`, oldest first, at most `max_lines` of the newest. From
// systemd's journal, where there is none from /dev/kmsg (which needs CAP_SYSLOG where dmesg is
// restricted). PermissionDenied with the fix, NotFound where there is neither. Reads files: for a
// worker.
absl::StatusOr<std::vector<KernelLine>> ReadKernelLog(Span reach, size_t max_lines, WallTime now);

// The text of a record of /dev/kmsg ("6,339,5140900,-;text\n KEY=value"), with the microseconds
// since the boot. False for another form. PURE; the kernel's Documentation/ABI/testing/dev-kmsg.
bool ParseKmsgRecord(const std::string& record, std::string* text, uint64_t* monotonic_usec);

}  // namespace faultline::host
