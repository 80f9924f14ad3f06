#include "collector/incidents/next_command.h"

#include <algorithm>
#include <cctype>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "collector/incidents/commands_by_kind.h"
#include "collector/incidents/message_words.h"
#include "collector/rules/blind.h"
#include "common/text.h"

namespace faultline::incidents {
namespace {

// How to get onto a host.
std::string Login(const HostId& id, const model::Hosts& hosts) {
  const auto found = hosts.find(id);
  if (found != hosts.end() && !found->second->instance_id.empty()) {
    std::string session =
        absl::StrCat("aws ssm start-session --target ", ShellWord(found->second->instance_id));
    if (!found->second->region.empty()) {
      absl::StrAppend(&session, " --region ", ShellWord(found->second->region));
    }
    return session;
  }
  return absl::StrCat("ssh ", ShellWord(id.host));
}

}  // namespace

std::string ShellWord(const std::string& text) {
  const std::string clean = CleanText(text, 256);
  const bool is_plain =
      !clean.empty() && clean[0] != '-' && std::all_of(clean.begin(), clean.end(), [](char c) {
        return isalnum(static_cast<unsigned char>(c)) != 0 || strchr("@%+=:,./_-", c) != nullptr;
      });
  if (is_plain) return clean;
  return absl::StrCat("'", absl::StrReplaceAll(clean, {{"'", "'\\''"}}), "'");
}

std::vector<std::string> NextCommands(const rules::Alert& lead, const model::Hosts& hosts) {
  const model::CheckPicture* check = FindCheck(hosts, lead.host, lead.check);
  const bool is_about_the_way = lead.reason == "DNS_FAILED" || lead.reason == "NET_UNREACHABLE";
  const bool is_remote = (lead.check.kind == "port" || lead.check.kind == "mysql") &&
                         !rules::IsBlind(lead);  // which is about the host that looks
  const model::HostPicture* other = is_remote && !is_about_the_way && check != nullptr
                                        ? OtherEnd(hosts, lead.host, *check)
                                        : nullptr;
  std::vector<std::string> lines = CommandsFor(lead, check, other != nullptr);
  const HostId& where = other != nullptr ? other->identity.id : lead.host;
  if (!lines.empty()) lines.insert(lines.begin(), Login(where, hosts));
  return lines;
}

}  // namespace faultline::incidents
