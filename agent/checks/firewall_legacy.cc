#include "agent/checks/firewall_legacy.h"

#include <algorithm>
#include <map>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "agent/checks/firewall_ruleset.h"

namespace faultline::checks {
namespace {

// netfilter's own priorities (linux/netfilter_ipv4.h).
int Priority(std::string_view table, std::string_view chain) {
  if (table == "raw") return -300;
  if (table == "mangle") return -150;
  if (table == "nat") return chain == "PREROUTING" || chain == "OUTPUT" ? -100 : 100;
  if (table == "security") return 50;
  return 0;
}

std::string Hook(std::string_view chain) {
  static const std::map<std::string_view, std::string> hooks = {{"INPUT", "input"},
                                                                {"OUTPUT", "output"},
                                                                {"FORWARD", "forward"},
                                                                {"PREROUTING", "prerouting"},
                                                                {"POSTROUTING", "postrouting"}};
  const auto hook = hooks.find(chain);
  return hook == hooks.end() ? "" : hook->second;
}

// A chain's or table's name goes into the text as one word.
bool IsName(std::string_view text) {
  return !text.empty() && text.find_first_of("{}#;\",()") == std::string_view::npos;
}

// One "-A" line in nft's words.
class RuleTranslator {
 public:
  RuleTranslator(const FirewallWords& words, bool six) : words_(words), ip_(six ? "ip6" : "ip") {}

  std::string Translate() {
    at_ = 2;  // after "-A CHAIN"
    while (at_ < words_.size()) {
      negated_ = words_[at_] == "!";
      if (negated_) ++at_;
      if (at_ >= words_.size()) break;
      const std::string_view option = words_[at_++];
      if (!ReadMatch(option) && !ReadTarget(option)) NotUnderstood();
    }
    return absl::StrCat(text_, target_);
  }

 private:
  std::string Value() {
    std::string value;
    while (at_ < words_.size() && !words_[at_].starts_with('-') && words_[at_] != "!") {
      absl::StrAppend(&value, std::string(words_[at_++]));
    }
    return absl::StrReplaceAll(value, {{"{", ""}, {"}", ""}, {"#", ""}, {";", ""}, {"\"", ""}});
  }
  void Compare(const std::string& field, const std::string& value) {
    absl::StrAppend(&text_, field, negated_ ? " != " : " ", value, " ");
  }
  std::string Ports(std::string value) {
    value = absl::StrReplaceAll(value, {{":", "-"}, {",", ", "}});
    return value.find(',') == std::string::npos ? value : absl::StrCat("{ ", value, " }");
  }
  void NotUnderstood() {
    Value();
    if (!said_) absl::StrAppend(&text_, "xt match ", match_.empty() ? "unknown" : match_, " ");
    said_ = true;
  }

  bool ReadMatch(std::string_view option) {
    if (option == "-s" || option == "-d") {
      Compare(absl::StrCat(ip_, option == "-s" ? " saddr" : " daddr"), Value());
    } else if (option == "-i" || option == "-o") {
      Compare(option == "-i" ? "iifname" : "oifname",
              absl::StrCat("\"", absl::StrReplaceAll(Value(), {{"+", "*"}}), "\""));
    } else if (option == "-p") {
      Compare("meta l4proto", Value());
    } else if (option == "-f") {
      absl::StrAppend(&text_, negated_ ? "ip frag-off & 8191 0 " : "ip frag-off & 8191 != 0 ");
    } else if (option == "-m") {
      match_ = Value();
      said_ = false;
    } else if (option == "--dport" || option == "--dports") {
      Compare(match_ == "udp" ? "udp dport" : "th dport", Ports(Value()));
    } else if (option == "--sport" || option == "--sports") {
      Compare(match_ == "udp" ? "udp sport" : "th sport", Ports(Value()));
    } else if (option == "--ctstate" || option == "--state") {
      Compare("ct state", absl::AsciiStrToLower(Value()));
    } else if (option == "--tcp-flags") {
      const std::string mask = at_ < words_.size() ? Flags() : "";
      Compare("tcp flags", absl::StrCat(Flags(), " / ", mask));
    } else if (option == "--comment" || option == "--mask" || option == "--limit-burst") {
      Value();
    } else if (option == "--limit") {
      Value();
      absl::StrAppend(&text_, "limit rate 1/second ");
    } else {
      return false;
    }
    return true;
  }

  // "SYN,ACK" is several words; "NONE" no flag.
  std::string Flags() {
    std::string flags;
    while (at_ < words_.size()) {
      absl::StrAppend(&flags, absl::AsciiStrToLower(std::string(words_[at_++])));
      if (at_ + 1 >= words_.size() || words_[at_] != ",") break;
      ++at_;
      flags += ',';
    }
    return flags == "none" ? "0x0" : flags == "all" ? "0x3f" : flags;
  }

  bool ReadTarget(std::string_view option) {
    if (option == "--reject-with") {
      const std::string with = Value();
      target_ = with == "tcp-reset"
                    ? "reject with tcp reset"
                    : absl::StrCat("reject with icmp ",
                                   with.substr(std::min(with.find('-') + 1, with.size())));
    } else if (option == "--to-ports" && target_.starts_with("redirect")) {
      target_ = absl::StrCat("redirect to :", Value());
    } else if (option == "--to-destination" && target_.starts_with("dnat")) {
      target_ = absl::StrCat("dnat to ", Value());
    } else if (option == "-j" || option == "-g") {
      const std::string name = Value();
      static const std::map<std::string_view, std::string_view> targets = {
          {"ACCEPT", "accept"},     {"DROP", "drop"},     {"REJECT", "reject"},
          {"RETURN", "return"},     {"DNAT", "dnat"},     {"REDIRECT", "redirect"},
          {"SNAT", "accept"},       {"LOG", ""},          {"NFLOG", ""},
          {"MASQUERADE", "accept"}, {"NFQUEUE", "queue"}, {"NOTRACK", "notrack"}};
      const auto known = targets.find(name);
      target_ = known != targets.end() ? std::string(known->second)
                : IsExtension(name)    ? absl::StrCat("xt target ", name)
                                       : absl::StrCat(option == "-j" ? "jump " : "goto ", name);
      in_target_ = true;
    } else if (in_target_) {
      Value();  // an option of a target that ends nothing
    } else {
      return false;
    }
    return true;
  }
  static bool IsExtension(std::string_view name) {
    static constexpr std::string_view kNames[] = {
        "MARK", "CT",  "TCPMSS", "TPROXY", "TARPIT",   "CLASSIFY", "CONNMARK",
        "DSCP", "SET", "TRACE",  "AUDIT",  "CHECKSUM", "TTL",      "TEE"};
    return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
  }

  const FirewallWords& words_;
  const std::string ip_;
  size_t at_ = 0;
  bool negated_ = false;
  bool said_ = false;
  bool in_target_ = false;
  std::string match_;
  std::string text_;
  std::string target_;
};

struct SavedChain {
  std::string policy;
  std::string rules;
};

void Finish(std::string_view table, bool six, std::map<std::string, SavedChain>* chains,
            std::string* out) {
  if (!chains->empty()) {
    absl::StrAppend(out, "table ", six ? "ip6 " : "ip ", std::string(table), " { # legacy\n");
    for (const auto& [name, chain] : *chains) {
      absl::StrAppend(out, "chain ", name, " {\n");
      if (const std::string hook = Hook(name); !hook.empty()) {
        absl::StrAppend(out, "type ", table == "nat" ? "nat" : "filter", " hook ", hook,
                        " priority ", Priority(table, name), "; policy ",
                        chain.policy == "DROP" ? "drop" : "accept", ";\n");
      }
      absl::StrAppend(out, chain.rules, "}\n");
    }
    absl::StrAppend(out, "}\n");
  }
  chains->clear();
}

}  // namespace

std::string LegacyAsRuleset(std::string_view saved, bool six) {
  std::string out;
  std::string_view table;
  std::map<std::string, SavedChain> chains;
  while (!saved.empty()) {
    const size_t end = std::min(saved.find('\n'), saved.size());
    std::string_view line = saved.substr(0, end);
    saved.remove_prefix(std::min(end + 1, saved.size()));
    if (line.starts_with('*')) {
      Finish(table, six, &chains, &out);
      table = IsName(line.substr(1)) ? line.substr(1) : std::string_view("unknown");
      continue;
    }
    std::string counter;
    if (line.starts_with('[')) {  // "[3:180] -A INPUT ..."
      const size_t colon = line.find(':');
      const size_t close = line.find("] ");
      if (colon == std::string_view::npos || close == std::string_view::npos || close < colon) {
        continue;
      }
      const std::string packets(line.substr(1, colon - 1));
      if (std::all_of(packets.begin(), packets.end(),
                      [](unsigned char c) { return absl::ascii_isdigit(c); })) {
        counter = absl::StrCat("counter packets ", packets, " bytes 0 ");
      }
      line.remove_prefix(close + 2);
    }
    const FirewallWords words = SplitWords(line);
    if (words.size() >= 2 && words[0].starts_with(':') && IsName(words[0].substr(1))) {
      chains[std::string(words[0].substr(1))].policy = std::string(words[1]);
    } else if (words.size() >= 2 && words[0] == "-A" && IsName(words[1])) {
      absl::StrAppend(&chains[std::string(words[1])].rules, counter,
                      RuleTranslator(words, six).Translate(), " # save ", std::string(line), "\n");
    }
  }
  Finish(table, six, &chains, &out);
  return out;
}

}  // namespace faultline::checks
