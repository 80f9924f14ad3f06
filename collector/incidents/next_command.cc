#include "collector/incidents/next_command.h"

#include "absl/strings/str_cat.h"
#include "collector/incidents/command_words.h"
#include "collector/incidents/commands_by_kind.h"
#include "collector/incidents/host_loss.h"
#include "collector/incidents/host_reach.h"
#include "collector/incidents/message_words.h"
#include "collector/model/own_host.h"
#include "collector/rules/blind.h"

namespace faultline::incidents {
namespace {

using Lines = std::vector<std::string>;

bool IsOnEc2(const model::HostPicture* host) {
  return host != nullptr && !host->instance_id.empty();
}

std::string Region(const model::HostPicture& host) {
  return host.region.empty() ? "" : absl::StrCat(" --region ", ShellWord(host.region));
}

// How to get onto a host. The collector does not know by which name people reach its own. A session
// of Systems Manager has to be told where.
std::string Login(const HostId& id, const model::HostPicture* host) {
  if (model::IsCollectorsOwn(id)) return "(on the collector's host)";
  if (IsOnEc2(host) && !host->region.empty()) {
    return absl::StrCat("aws ssm start-session --target ", ShellWord(host->instance_id),
                        Region(*host));
  }
  return absl::StrCat("ssh ", ShellWord(id.host));
}

// For a host that may be dead: nothing here asks the host itself.
Lines LookFromOutside(const model::HostPicture* host, bool is_gone) {
  if (!IsOnEc2(host)) {
    return {is_gone ? "look at its console (it does not answer ssh); power it on"
                    : "(look at its console; if it is off, power it on)"};
  }
  const std::string instance = ShellWord(host->instance_id);
  Lines lines = {
      absl::StrCat("aws ec2 describe-instance-status --include-all-instances --instance-ids ",
                   instance, Region(*host)),
      absl::StrCat("aws ec2 get-console-output --latest --output text --instance-id ", instance,
                   Region(*host))};
  if (is_gone) {
    lines.push_back(
        absl::StrCat("aws ec2 start-instances --instance-ids ", instance, Region(*host)));
  }
  return lines;
}

// Nothing is wrong with a host as far as is known: on the collector's own.
Lines ForCutOff(const model::HostPicture* host) {
  Lines lines = {"on the collector's host: ip -brief address; ip route"};
  if (host != nullptr && !host->addresses.empty()) {
    lines.push_back(absl::StrCat("ping -c 3 ", ShellWord(host->addresses.front())));
  }
  return lines;
}

// The host that the commands are for: the other end of a path where its host is known.
const model::HostPicture* Target(const rules::Alert& lead, const model::CheckPicture* check,
                                 const model::Hosts& hosts) {
  const std::string& kind = lead.check.kind;
  const bool is_about_the_way = lead.reason == "DNS_FAILED" || lead.reason == "NET_UNREACHABLE" ||
                                kind == "route" || kind == "firewall" || kind == "exposure";
  const bool aims = kind == "port" || kind == "mysql" || kind == "http" || kind == "ping";
  // A check that cannot look is about the host that looks.
  if (is_about_the_way || !aims || check == nullptr || rules::IsBlind(lead)) return nullptr;
  return OtherEnd(hosts, lead.host, *check);
}

}  // namespace

Lines NextCommands(const rules::Alert& lead, const model::Hosts& hosts) {
  const model::CheckPicture* check = FindCheck(hosts, lead.host, lead.check);
  const model::HostPicture* other = Target(lead, check, hosts);
  const auto own = hosts.find(lead.host);
  const model::HostPicture* host = other != nullptr     ? other
                                   : own != hosts.end() ? own->second.get()
                                                        : nullptr;
  const HostId& id = other != nullptr ? other->identity.id : lead.host;
  if (lead.check.kind == "agent" && lead.reason == "COLLECTOR_CUT_OFF") return ForCutOff(host);
  if (IsHostGone(lead)) return LookFromOutside(host, true);
  const bool is_away = host != nullptr && host->link == model::LinkState::kSilent;
  const HostReach::Kind reach =
      is_away ? ReachOf(id, host->link_since, hosts).kind : HostReach::Kind::kAnswers;

  Lines lines;
  if (reach != HostReach::Kind::kAnswers) lines = LookFromOutside(host, false);
  if (reach == HostReach::Kind::kGone && lead.check.kind == "agent") return lines;
  lines.push_back(Login(id, host));
  for (std::string& line :
       CommandsFor({.lead = lead, .check = check, .host = host, .there = other != nullptr})) {
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace faultline::incidents
