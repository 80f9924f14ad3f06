// Commands for the way between hosts.
#include <algorithm>
#include <cctype>
#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "collector/incidents/command_words.h"
#include "collector/incidents/commands_by_kind.h"

namespace faultline::incidents {
namespace {

using Lines = std::vector<std::string>;

// Whatever tool this host's rules were made with.
constexpr char kRules[] = "sudo nft list ruleset || sudo iptables-save";

// The address that a check aims at, else the name that it has for it.
std::string AddressOf(const CommandContext& context) {
  if (context.check != nullptr && !context.check->remote_address.empty()) {
    return context.check->remote_address;
  }
  const std::string& target = context.lead.check.target;
  return PortOfTarget(target).empty() ? target : target.substr(0, target.rfind(':'));
}

std::string NameOf(const CommandContext& context) {
  const std::string& target = context.lead.check.target;
  return absl::StrCat("getent hosts ",
                      ShellWord(PortOfTarget(target).empty() || !absl::StrContains(target, ":")
                                    ? target
                                    : target.substr(0, target.rfind(':'))));
}

Lines ForPort(const CommandContext& context) {
  const std::string port = PortOfTarget(context.lead.check.target);
  Lines lines;
  if (context.there) {
    if (!port.empty()) lines.push_back(SocketsCommand(port));
    if (context.lead.reason != "REFUSED") lines.emplace_back(kRules);
    return lines;
  }
  const std::string address = ShellWord(AddressOf(context));
  if (context.lead.reason == "DNS_FAILED") return {NameOf(context)};
  lines.push_back(absl::StrCat("ip route get ", address));
  if (!port.empty()) lines.push_back(absl::StrCat("nc -vz -w 3 ", address, " ", port));
  return lines;
}

// Security groups have names of their own in each account: which one is for a person to find.
Lines ForExposure(const CommandContext& context) {
  return {absl::StrCat("nc -vz -w 3 ", ShellWord(AddressOf(context)), " ",
                       ShellWord(PortOfTarget(context.lead.check.target))),
          "(who may reach it: its security group, then the packet filter of its host)"};
}

Lines ForPing(const CommandContext& context) {
  if (context.lead.reason == "DNS_FAILED") return {NameOf(context)};
  const std::string address = ShellWord(AddressOf(context));
  return {absl::StrCat("ip route get ", address), absl::StrCat("ping -c 3 ", address)};
}

Lines ForRoute(const CommandContext& context) {
  return {absl::StrCat("ip route get ", ShellWord(AddressOf(context))), "ip route", "ip -br link"};
}

// An agent says how to take out just the rule that it blames. It is shown for pasting only when it
// is nothing but that: a deletion, in plain words.
bool IsRuleDeletion(const std::string& command) {
  const bool deletes = absl::StartsWith(command, "sudo nft delete rule ") ||
                       ((absl::StartsWith(command, "sudo iptables ") ||
                         absl::StartsWith(command, "sudo ip6tables ")) &&
                        absl::StrContains(command, " -D "));
  return deletes && command.size() <= 256 &&
         std::all_of(command.begin(), command.end(), [](unsigned char c) {
           return isalnum(c) != 0 || strchr(" -_.,:/!", c) != nullptr;
         });
}

Lines ForFirewall(const CommandContext& context) {
  constexpr char kRemove[] = "to remove it: ";
  if (context.check != nullptr) {
    for (const model::Fact& fact : context.check->evidence) {
      const std::string command(absl::StripPrefix(fact.text, kRemove));
      if (command.size() < fact.text.size() && IsRuleDeletion(command)) {
        const bool is_nft = absl::StartsWith(command, "sudo nft ");
        return {command,
                absl::StrCat("(removes this rule only; ",
                             is_nft ? "nft flush ruleset" : "iptables -F", " removes every rule)")};
      }
    }
  }
  return {kRules};
}

}  // namespace

Lines PathCommands(const CommandContext& context) {
  const std::string& kind = context.lead.check.kind;
  if (kind == "port") return ForPort(context);
  if (kind == "exposure") return ForExposure(context);
  if (kind == "ping") return ForPing(context);
  if (kind == "route") return ForRoute(context);
  if (kind == "firewall") return ForFirewall(context);
  return {};
}

}  // namespace faultline::incidents
