// Texts of the kernel in which programs and people choose names: mounts, killed processes, locks.
// fuzz-sources: agent/host/mount_table.cc agent/host/proc_text.cc agent/host/kernel_log.cc
// fuzz-sources: agent/host/journal_open.cc agent/host/dpkg_lock.cc agent/host/client_interfaces.cc
// fuzz-sources: agent/host/small_file.cc agent/host/rights.cc agent/checks/oom_message.cc
// fuzz-sources: agent/checks/byte_size.cc
// fuzz-sources: common/text.cc common/clock.cc
// fuzz-libs: PkgConfig::SYSTEMD
#include "agent/checks/oom_message.h"
#include "agent/host/client_interfaces.h"
#include "agent/host/dpkg_lock.h"
#include "agent/host/kernel_log.h"
#include "agent/host/mount_table.h"
#include "agent/host/proc_text.h"
#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace faultline;
  const std::string text(fuzz::AsText(data, size));
  const auto mounts = host::ParseMountinfo(text);
  fuzz::Require(mounts.size() <= 4096, "at most 4096 mounts");
  for (const auto& mount : mounts) {
    fuzz::Require(mount.mount_point.size() <= 4096, "a mount point's name is bounded");
    host::HasOption(mount.super_options, "ro");
  }
  host::FindMountByPath(mounts, "/var/lib/mysql");
  host::WantedWritable(text, "/var");
  host::ParseCounters(text);
  host::ParseLoadavg(text);
  host::ParseStat(text);
  host::ParsePressure(text);
  host::ParseProcLocks(text);
  host::ParseClientInterfaces(text);
  std::string record;
  uint64_t monotonic_usec = 0;
  host::ParseKmsgRecord(text, &record, &monotonic_usec);

  std::vector<host::KernelLine> lines;
  for (size_t at = 0; at < text.size() && lines.size() < 64;) {
    const size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back({text.substr(at, end - at), {}});
    at = end + 1;
  }
  for (const auto& kill : checks::FindOomKills(lines)) {
    fuzz::Require(!checks::DescribeOomKill(kill).empty(), "a kill has words");
  }
  return 0;
}
