#include "agent/checks/firewall_notation.h"

#include <optional>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "agent/checks/is_one_of.h"
#include "common/text.h"

namespace faultline::checks {
namespace {

constexpr size_t kMaxQuote = 200;

// iptables-nft's tables, and rules whose last word before the verdict is a counter.
bool IsIptables(const FirewallTable& table, const FirewallChain& chain) {
  return IsOneOf(table.family, {"ip", "ip6"}) &&
         IsOneOf(table.name, {"filter", "nat", "mangle", "raw", "security"}) &&
         (chain.hook.empty() ||
          IsOneOf(chain.name, {"INPUT", "OUTPUT", "FORWARD", "PREROUTING", "POSTROUTING"}));
}

// The words of an iptables-nft rule in iptables' notation; nullopt where it has none for them.
class Translator {
 public:
  explicit Translator(const FirewallWords& words) : words_(words) {}

  std::optional<std::string> Translate() {
    bool counted = false;
    while (at_ < words_.size()) {
      const std::string_view word = words_[at_];
      if (word == "counter") {
        counted = true;
        at_ += 5;
      } else if (word == "drop") {
        target_ = "-j DROP";
        ++at_;
      } else if (word == "reject") {
        if (!Reject()) return std::nullopt;
      } else if (!Match()) {
        return std::nullopt;
      }
    }
    if (!counted || target_.empty()) return std::nullopt;
    std::vector<std::string> parts = addresses_;
    if (tcp_) parts.push_back("-p tcp");
    parts.insert(parts.end(), matches_.begin(), matches_.end());
    parts.push_back(target_);
    return absl::StrJoin(parts, " ");
  }

 private:
  std::string_view At(size_t ahead) const {
    return at_ + ahead < words_.size() ? words_[at_ + ahead] : std::string_view();
  }

  bool Reject() {
    target_ = "-j REJECT";
    ++at_;
    if (at_ >= words_.size()) return true;
    if (At(0) != "with" || at_ + 3 > words_.size()) return false;
    const std::string_view kind = At(1);
    const std::string_view what = At(2) == "type" ? At(3) : At(2);
    if (kind == "tcp") {
      absl::StrAppend(&target_, " --reject-with tcp-reset");
    } else {
      absl::StrAppend(&target_, " --reject-with ", kind == "icmp" ? "icmp-" : "icmp6-",
                      std::string(what));
    }
    at_ += At(2) == "type" ? 4 : 3;
    return true;
  }

  bool Match() {
    const bool is_meta = At(0) == "meta";
    if (is_meta && At(1) == "l4proto" && At(2) == "tcp") {
      tcp_ = true;
      at_ += 3;
      return true;
    }
    if (IsOneOf(At(0), {"ip", "ip6"}) && IsOneOf(At(1), {"saddr", "daddr"})) {
      return Value(2, At(1) == "saddr" ? "-s" : "-d", &addresses_);
    }
    if (IsOneOf(At(0), {"iifname", "oifname"})) {
      return Value(1, At(0) == "iifname" ? "-i" : "-o", &addresses_);
    }
    if (At(0) == "tcp" && IsOneOf(At(1), {"dport", "sport"})) {
      tcp_ = true;
      return Ports(At(1) == "dport" ? "--dport" : "--sport");
    }
    if (At(0) == "ct" && At(1) == "state") return States();
    if (At(0) == "tcp" && At(1) == "flags" && At(2) == "syn" && At(3) == "/" && At(4) == "fin" &&
        At(10) == "ack") {
      tcp_ = true;
      matches_.push_back("--syn");
      at_ += 11;
      return true;
    }
    return false;
  }

  bool Value(size_t ahead, const char* option, std::vector<std::string>* parts) {
    at_ += ahead;
    std::string text;
    if (At(0) == "!=") {
      text = "! ";
      ++at_;
    }
    std::string value(Unquoted(At(0)));
    if (value.empty() || value == "{" || value[0] == '@' ||
        (option[1] != 'i' && option[1] != 'o' && value.find('-') != std::string::npos)) {
      return false;
    }
    if (value.back() == '*') value.back() = '+';
    parts->push_back(absl::StrCat(text, option, " ", value));
    ++at_;
    return true;
  }

  bool Ports(const std::string& option) {
    at_ += 2;
    const std::string no = At(0) == "!=" ? "! " : "";
    if (!no.empty()) ++at_;
    if (At(0) != "{") {
      const std::string value = absl::StrReplaceAll(std::string(At(0)), {{"-", ":"}});
      if (value.empty() || !absl::ascii_isdigit(static_cast<unsigned char>(value[0]))) return false;
      matches_.push_back(absl::StrCat(no, option, " ", value));
      ++at_;
      return true;
    }
    std::vector<std::string> ports;
    for (const FirewallElement& element : ReadElements(words_, &at_)) {
      if (element.key.size() != 1) return false;
      ports.push_back(absl::StrReplaceAll(std::string(element.key[0]), {{"-", ":"}}));
    }
    matches_.push_back(absl::StrCat("-m multiport ", no, option, "s ", absl::StrJoin(ports, ",")));
    return true;
  }

  bool States() {
    at_ += 2;
    std::vector<std::string> states;
    while (at_ < words_.size() &&
           IsOneOf(At(0), {"new", "established", "related", "invalid", "untracked", ","})) {
      if (At(0) != ",") states.push_back(absl::AsciiStrToUpper(std::string(At(0))));
      ++at_;
    }
    if (states.empty()) return false;
    matches_.push_back(absl::StrCat("-m conntrack --ctstate ", absl::StrJoin(states, ",")));
    return true;
  }

  const FirewallWords& words_;
  size_t at_ = 0;
  bool tcp_ = false;
  std::vector<std::string> addresses_;
  std::vector<std::string> matches_;
  std::string target_;
};

std::string QuotedRule(std::string_view text) {
  return absl::StrCat("\"", CleanText(text, kMaxQuote), "\"");
}

}  // namespace

FirewallDescription DescribeHit(const FirewallHit& hit, uint16_t port, bool from_port) {
  const FirewallTable& table = *hit.table;
  const FirewallChain& chain = *hit.chain;
  // Names come from whoever wrote the rules.
  const std::string chain_name = CleanText(chain.name, 64);
  const std::string table_name = CleanText(table.name, 64);
  const std::string nft = absl::StrCat(std::string(table.family), " ", table_name, " ", chain_name);
  const bool iptables = table.legacy || IsIptables(table, chain);
  const std::string command = absl::StrCat(
      "sudo ", table.family == "ip6" ? "ip6tables" : "iptables", table.legacy ? "-legacy" : "",
      table_name == "filter" ? "" : absl::StrCat(" -t ", table_name), " ");
  const std::string place = iptables && table_name == "filter" ? chain_name
                            : iptables ? absl::StrCat(table_name, " ", chain_name)
                                       : nft;
  const std::string family = table.family == "ip6" ? " (IPv6)" : "";
  FirewallDescription out;
  if (hit.rule == nullptr) {
    out.place = absl::StrCat(place, "'s policy", family);
    out.quote = "\"policy drop\"";
    const std::string side = from_port ? "sport " : "dport ";
    out.remedy =
        iptables ? absl::StrCat(command, "-I ", chain_name, " -p tcp --", side, port, " -j ACCEPT")
                 : absl::StrCat("sudo nft insert rule ", nft, " tcp ", side, port, " accept");
    return out;
  }
  out.place = absl::StrCat(place, " rule ", hit.rule->number, family);
  if (table.legacy) {
    // "-A INPUT -p tcp ..." as iptables-save wrote it.
    std::string_view saved = hit.rule->saved;
    const std::string prefix = absl::StrCat("-A ", std::string(chain.name), " ");
    if (saved.starts_with(prefix)) saved.remove_prefix(prefix.size());
    out.quote = QuotedRule(saved);
    out.remedy = absl::StrCat(command, "-D ", chain_name, " ", CleanText(saved, 2 * kMaxQuote));
    return out;
  }
  const std::optional<std::string> translated =
      iptables ? Translator(hit.rule->words).Translate() : std::nullopt;
  out.quote = QuotedRule(translated.has_value() ? std::string_view(*translated) : hit.rule->text);
  out.remedy = absl::StrCat("sudo nft delete rule ", nft, " handle ", hit.rule->handle);
  return out;
}

}  // namespace faultline::checks
