#include "agent/host/kernel_log.h"

#include <fcntl.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "agent/host/fd.h"
#include "agent/host/journal_open.h"

namespace faultline::host {
namespace {

constexpr size_t kMaxKernelText = 1024;
constexpr size_t kMaxRecords = 100'000;  // of /dev/kmsg: its buffer holds fewer
constexpr char kKernel[] = "_TRANSPORT=kernel";
constexpr char kMessage[] = "MESSAGE=";
constexpr char kNoKernelLogRight[] =
    "may not read the kernel's log; add the agent's user to the group systemd-journal";

// nullopt: no line of the kernel's in the journal within `reach`, or no journal.
std::optional<std::vector<KernelLine>> FromJournal(Span reach, size_t max_lines, WallTime now) {
  sd_journal* raw = nullptr;
  if (sd_journal_open(&raw, SD_JOURNAL_LOCAL_ONLY | SD_JOURNAL_SYSTEM) < 0) return std::nullopt;
  const std::unique_ptr<sd_journal, JournalCloser> journal(raw);
  sd_journal_set_data_threshold(raw, kMaxKernelText + sizeof(kMessage));
  if (sd_journal_add_match(raw, kKernel, sizeof(kKernel) - 1) < 0) return std::nullopt;
  if (sd_journal_seek_tail(raw) < 0) return std::nullopt;
  std::deque<KernelLine> lines;  // backwards, so that nothing is scanned that is not wanted
  while (lines.size() < max_lines && sd_journal_previous(raw) > 0) {
    uint64_t usec = 0;
    const void* data = nullptr;
    size_t size = 0;
    if (sd_journal_get_realtime_usec(raw, &usec) < 0) break;
    const WallTime at{static_cast<int64_t>(usec) * 1000};
    if (now - at > reach) break;
    if (sd_journal_get_data(raw, "MESSAGE", &data, &size) < 0) continue;
    const std::string text(static_cast<const char*>(data), size);
    if (text.size() < sizeof(kMessage) - 1) continue;
    lines.push_front({text.substr(sizeof(kMessage) - 1, kMaxKernelText), at});
  }
  if (lines.empty()) return std::nullopt;
  return std::vector<KernelLine>(lines.begin(), lines.end());
}

absl::StatusOr<std::vector<KernelLine>> FromKmsg(Span reach, size_t max_lines, WallTime now) {
  const Fd fd(open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!fd.valid()) {
    if (errno == EPERM || errno == EACCES) return absl::PermissionDeniedError(kNoKernelLogRight);
    return absl::NotFoundError("this host shows no kernel log (no journal, no /dev/kmsg)");
  }
  timespec boot{};
  clock_gettime(CLOCK_MONOTONIC, &boot);
  const int64_t since_boot = int64_t{boot.tv_sec} * 1'000'000'000 + boot.tv_nsec;
  std::deque<KernelLine> lines;
  std::array<char, 8192> buffer;  // a record each read
  for (size_t i = 0; i < kMaxRecords; ++i) {
    const ssize_t n = read(fd.get(), buffer.data(), buffer.size());
    if (n < 0 && (errno == EPIPE || errno == EINTR)) continue;  // overwritten meanwhile
    if (n == 0 || (n < 0 && errno == EAGAIN)) break;
    if (n < 0)
      return absl::PermissionDeniedError(kNoKernelLogRight);  // EPERM, where dmesg is restricted
    std::string text;
    uint64_t usec = 0;
    if (!ParseKmsgRecord({buffer.data(), static_cast<size_t>(n)}, &text, &usec)) continue;
    const int64_t age = since_boot - static_cast<int64_t>(usec) * 1000;
    if (age > reach.ns) continue;
    lines.push_back({text.substr(0, kMaxKernelText), now - Span{std::max<int64_t>(age, 0)}});
    if (lines.size() > max_lines) lines.pop_front();
  }
  return std::vector<KernelLine>(lines.begin(), lines.end());
}

}  // namespace

bool ParseKmsgRecord(const std::string& record, std::string* text, uint64_t* monotonic_usec) {
  constexpr uint64_t kMaxUsec = INT64_MAX / 1000;
  const size_t semicolon = record.find(';');
  if (semicolon == std::string::npos) return false;
  const std::vector<std::string> head = absl::StrSplit(record.substr(0, semicolon), ',');
  uint64_t usec = 0;
  if (head.size() < 4 || !absl::SimpleAtoi(head[2], &usec) || usec > kMaxUsec) return false;
  const size_t end = record.find('\n', semicolon);
  *text = record.substr(semicolon + 1, end == std::string::npos ? end : end - semicolon - 1);
  *monotonic_usec = usec;
  return true;
}

absl::StatusOr<std::vector<KernelLine>> ReadKernelLog(Span reach, size_t max_lines, WallTime now) {
  if (auto lines = FromJournal(reach, max_lines, now)) return *std::move(lines);
  return FromKmsg(reach, max_lines, now);
}

}  // namespace faultline::host
