// Commands for the host itself, its logs and its agent.
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "collector/incidents/command_words.h"
#include "collector/incidents/commands_by_kind.h"

namespace faultline::incidents {
namespace {

using Lines = std::vector<std::string>;

// The agent's own unit, as its package installs it.
constexpr char kAgentUnit[] = "faultline-agent";
constexpr char kCollectorUnit[] = "faultline-collector";

Lines ForDisk(const rules::Alert& lead) {
  const std::string path = ShellWord(lead.check.target);
  if (lead.reason == "INODES_FULL") {
    return {absl::StrCat("df -i ", path),
            absl::StrCat("sudo du --inodes -x ", path, " | sort -n | tail -n 15")};
  }
  if (lead.reason == "READ_ONLY_FS" || lead.reason == "IO_ERROR") {
    return {absl::StrCat("findmnt -T ", path), "sudo journalctl -k -n 50 --no-pager"};
  }
  if (lead.reason == "NOT_MOUNTED") {
    return {absl::StrCat("findmnt -T ", path), absl::StrCat("sudo mount ", path)};
  }
  return {absl::StrCat("df -h ", path),
          absl::StrCat("sudo du -x -h -d 3 ", path, " | sort -h | tail -n 15")};
}

Lines ForLog(const rules::Alert& lead) {
  const std::string& target = lead.check.target;
  if (absl::StartsWith(target, "/")) return {absl::StrCat("sudo tail -n 50 ", ShellWord(target))};
  return {JournalCommand(target)};
}

Lines ForLoad(const rules::Alert& lead) {
  if (lead.reason == "IO_PRESSURE") return {"ps -eo pid,stat,wchan:20,comm | grep ' D'", "df -h"};
  return {"uptime", "ps -eo pid,pcpu,stat,comm --sort=-pcpu | head -n 15"};
}

Lines ForSpool(const rules::Alert& lead) {
  if (lead.reason == "SPOOL_DISK_FULL") return {"df -h", JournalCommand(kAgentUnit)};
  return {JournalCommand(kAgentUnit), "sudo journalctl -k -n 50 --no-pager"};
}

// The collector's own history. Where it is stands in what the check is to see.
Lines ForStore(const CommandContext& context) {
  const std::string& reason = context.lead.reason;
  std::string path;
  if (context.check != nullptr) {
    const auto found = context.check->expected.find("path");
    if (found != context.check->expected.end()) path = ShellWord(found->second);
  }
  const std::string of = path.empty() ? "" : " " + path;
  const std::string log = JournalCommand(kCollectorUnit);
  if (reason == "STORE_FULL") return {absl::StrCat("df -h", of), log};
  if (reason == "STORE_DAMAGED") {
    return {log, "sudo systemctl restart faultline-collector",
            "(it sets the damaged history aside and begins a new one)"};
  }
  if (reason == "HISTORY_SET_ASIDE" && !path.empty()) {
    return {absl::StrCat("ls -l ", path, ".damaged-*"),
            absl::StrCat("sudo rm ", path, ".damaged-*"),
            "(once they are of no use; that ends this)"};
  }
  if (reason == "STORE_READ_ONLY" && !path.empty()) {
    return {absl::StrCat("findmnt -T", of), absl::StrCat("ls -l", of), log};
  }
  const std::string mount = path.empty() ? "findmnt" : absl::StrCat("findmnt -T", of);
  return {mount, "sudo journalctl -k -n 50 --no-pager", log};
}

}  // namespace

Lines HostCommands(const CommandContext& context) {
  const rules::Alert& lead = context.lead;
  const std::string& kind = lead.check.kind;
  if (kind == "disk") return ForDisk(lead);
  if (kind == "log") return ForLog(lead);
  if (kind == "load") return ForLoad(lead);
  if (kind == "spool") return ForSpool(lead);
  if (kind == "store") return ForStore(context);
  if (kind == "agent" && lead.reason == "AGENT_STOPPED") return {StartCommand(kAgentUnit)};
  if (kind == "agent" || kind == "identity") {
    return {StatusCommand(kAgentUnit), JournalCommand(kAgentUnit)};
  }
  if (kind == "memory") {
    return {"free -m", "ps -eo pid,rss,comm --sort=-rss | head -n 15",
            "sudo journalctl -k -n 50 --no-pager"};
  }
  if (kind == "clock") {
    // Whichever keeps this host's clock.
    return {"timedatectl",
            "systemctl list-units --all --no-pager 'chrony*' 'systemd-timesyncd*' 'ntp*'"};
  }
  if (kind == "bootstrap") {
    return {"cloud-init status --long", "sudo tail -n 50 /var/log/cloud-init-output.log"};
  }
  return {};
}

}  // namespace faultline::incidents
