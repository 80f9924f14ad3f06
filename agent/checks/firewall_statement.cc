#include "agent/checks/firewall_statement.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "agent/checks/firewall_field.h"
#include "agent/checks/is_one_of.h"

namespace faultline::checks {
namespace {

using VerdictKind = FirewallVerdict::Kind;

class StatementReader {
 public:
  StatementReader(const FirewallWords& words, const FirewallPacket& packet, size_t* at,
                  RuleOutcome* out)
      : words_(words), packet_(packet), at_(*at), out_(*out) {}

  bool Read() {
    const std::string_view word = words_[at_];
    if (ReadVerdict(word)) return true;
    if (word == "counter") return ReadCounter();
    if (word == "comment") return Skip(2);
    if (word == "continue") return Skip(1);
    if (word == "log") return ReadLog();
    if (word == "notrack") {
      out_.untracks = true;
      return Skip(1);
    }
    if (word == "limit" || word == "quota" || word == "meter") return ReadRate();
    if (word == "ct" && Next() == "count") return ReadRate();
    if (IsOneOf(word, {"add", "update", "set", "delete"}) && Next().starts_with('@')) {
      return ReadRate();
    }
    if (word == "numgen" || word == "jhash" || word == "symhash" ||
        (word == "meta" && Next() == "random")) {
      Add(RuleMatch::Maybe(kByChance));
      return SkipToVerdict();
    }
    if (word == "ct" && IsOneOf(Next(), {"original", "reply"})) {
      Add(RuleMatch::Maybe(kNotUnderstood));
      return SkipToVerdict();
    }
    if (word == "fib") return ReadFib();
    if (word == "xt") return ReadExtension();
    return false;
  }
  size_t at() const { return at_; }

 private:
  std::string_view Next(size_t ahead = 1) const {
    return at_ + ahead < words_.size() ? words_[at_ + ahead] : std::string_view();
  }
  void Add(const RuleMatch& match) { out_.match = Both(out_.match, match); }
  bool Skip(size_t count) {
    at_ = std::min(at_ + count, words_.size());
    return true;
  }
  bool AtVerdict() const {
    return IsOneOf(words_[at_], {"counter", "accept", "drop", "reject", "return", "jump", "goto",
                                 "queue", "continue", "log", "comment", "dnat", "redirect"});
  }
  bool SkipToVerdict() {
    while (at_ < words_.size() && !AtVerdict()) {
      if (words_[at_] == "{") {
        ReadElements(words_, &at_);
      } else {
        ++at_;
      }
    }
    return true;
  }

  void Do(FirewallVerdict verdict) { out_.steps.push_back({kSure, verdict}); }

  bool ReadVerdict(std::string_view word) {
    if (word == "accept" || word == "masquerade" || word == "snat" || word == "tproxy" ||
        word == "synproxy") {
      Do({.kind = VerdictKind::kAccept});
      return word == "accept" ? Skip(1) : Skip(words_.size());
    }
    if (word == "drop") Do({.kind = VerdictKind::kDrop});
    if (word == "return") Do({.kind = VerdictKind::kReturn});
    if (word == "drop" || word == "return") return Skip(1);
    if (word == "jump" || word == "goto") {
      Do({.kind = word == "jump" ? VerdictKind::kJump : VerdictKind::kGoto, .chain = Next()});
      return Skip(2);
    }
    if (word == "reject") return ReadReject();
    if (word == "dnat" || word == "redirect") return ReadTranslation();
    if (word == "queue") {
      Do({.kind = VerdictKind::kQueue});
      return Skip(words_.size());
    }
    return false;
  }

  // "reject with tcp reset", "reject with icmp type admin-prohibited".
  bool ReadReject() {
    FirewallVerdict verdict{.kind = VerdictKind::kReject};
    Skip(1);
    if (at_ + 1 < words_.size() && words_[at_] == "with") {
      const std::string_view first = words_[at_ + 1];
      size_t last = at_ + 2;
      if (last < words_.size() && words_[last] == "type") ++last;
      if (last < words_.size()) {
        const std::string_view end = words_[last];
        verdict.with = {first.data(), static_cast<size_t>(end.data() + end.size() - first.data())};
      }
      Skip(last + 1 - at_);
    }
    Do(verdict);
    return true;
  }

  // "redirect to :3307", "dnat to 10.0.0.1:3307", "dnat ip to 10.0.0.1".
  bool ReadTranslation() {
    FirewallVerdict verdict{.kind = VerdictKind::kTranslate};
    const bool redirect = words_[at_] == "redirect";
    const auto to =
        std::find(words_.begin() + static_cast<std::ptrdiff_t>(at_), words_.end(), "to");
    Skip(words_.size());
    if (to == words_.end() || to + 1 == words_.end()) {
      if (!redirect) verdict.kind = VerdictKind::kQueue;
      Do(verdict);
      return true;
    }
    std::string_view target = *(to + 1);
    const size_t colon = target.find("]:") != std::string_view::npos ? target.find("]:") + 1
                         : target.find(':') == target.rfind(':')     ? target.find(':')
                                                                     : std::string_view::npos;
    if (colon != std::string_view::npos) {
      verdict.port = ParseNumberRange(target.substr(colon + 1));
      target = target.substr(0, colon);
    }
    if (target.starts_with('[') && target.ends_with(']'))
      target = target.substr(1, target.size() - 2);
    verdict.address = target;
    // A map or something else that is not an address.
    if (!target.empty() && !ParseAddressRange(target).has_value())
      verdict.kind = VerdictKind::kQueue;
    Do(verdict);
    return true;
  }

  bool ReadCounter() {
    if (Next() == "name") return Skip(3);
    if (Next() != "packets") return Skip(1);
    uint64_t packets = 0;
    const std::string_view number = Next(2);
    if (absl::SimpleAtoi(absl::string_view(number.data(), number.size()), &packets)) {
      out_.packets = packets;
    }
    return Skip(5);
  }

  bool ReadLog() {
    Skip(1);
    while (at_ + 1 < words_.size() && IsOneOf(words_[at_], {"prefix", "level", "group", "snaplen",
                                                            "queue-threshold", "flags"})) {
      Skip(2);
      while (at_ < words_.size() && words_[at_] == ",") Skip(2);  // "flags tcp sequence,options"
      if (at_ < words_.size() && IsOneOf(words_[at_], {"sequence", "options", "options"})) Skip(1);
    }
    return true;
  }

  // "limit rate over 10/second burst 5 packets", "add @set { ip saddr limit rate over 10/second }".
  bool ReadRate() {
    bool rate = IsOneOf(words_[at_], {"limit", "quota", "meter", "ct"});
    Skip(1);
    while (at_ < words_.size() && !AtVerdict()) {
      rate = rate || IsOneOf(words_[at_], {"limit", "quota", "count"});
      FirewallField field = FirewallField::kNotUnderstood;
      size_t at = at_;
      // A field outside braces begins the next comparison.
      const bool in_braces = depth_ > 0;
      if (!in_braces && ReadField(words_, &at, &field)) break;
      if (words_[at_] == "{") ++depth_;
      if (words_[at_] == "}") --depth_;
      Skip(1);
    }
    if (rate) Add(RuleMatch::Maybe(kAboveRate));
    return true;
  }

  // "fib daddr type local", "fib saddr . iif oif missing".
  bool ReadFib() {
    bool source = false;
    std::string_view result;
    Skip(1);
    while (at_ < words_.size() && !IsOneOf(words_[at_], {"type", "oif", "oifname"})) {
      source = source || words_[at_] == "saddr";
      Skip(1);
    }
    if (at_ >= words_.size()) return true;
    result = words_[at_];
    Skip(1);
    bool negated = false;
    if (at_ < words_.size() && IsOneOf(words_[at_], {"!=", "==", "eq"})) {
      negated = words_[at_] == "!=";
      Skip(1);
    }
    if (at_ >= words_.size()) return true;
    const std::string_view value = words_[at_];
    if (value == "{") {
      ReadElements(words_, &at_);
      Add(RuleMatch::Maybe(kNotUnderstood));
      return true;
    }
    Skip(1);
    RuleMatch match = RuleMatch::Maybe(kNotUnderstood);
    if (result == "type") {
      const bool ours = source ? packet_.from_this_host : packet_.to_this_host;
      match = (value == (ours ? "local" : "unicast")) ? RuleMatch::Yes() : RuleMatch::No();
    } else if (IsOneOf(value, {"missing", "0", "exists"})) {
      // Reverse path: a client's packet comes by the way that answers take.
      match = value == "exists" ? RuleMatch::Yes() : RuleMatch::No();
    }
    Add(negated ? Negated(match) : match);
    return true;
  }

  // "xt match hashlimit", "xt target TPROXY": nft has no words for these.
  bool ReadExtension() {
    const std::string_view name = Next(2);
    if (Next() == "target") {
      if (IsOneOf(name, {"TARPIT", "STEAL", "DELUDE", "CHAOS"})) Do({.kind = VerdictKind::kQueue});
      if (name == "TPROXY") Do({.kind = VerdictKind::kAccept});
      if (IsOneOf(name, {"MARK", "CONNMARK"})) out_.sets_mark = true;
    } else if (IsOneOf(name, {"hashlimit", "limit", "connlimit", "quota", "connbytes", "recent"})) {
      Add(RuleMatch::Maybe(kAboveRate));
    } else if (name == "statistic") {
      Add(RuleMatch::Maybe(kByChance));
    } else if (name == "set" || name == "mac" || name == "geoip") {
      RuleMatch match = RuleMatch::Maybe(kSomeSources);
      match.lists_sources = true;
      Add(match);
    } else if (name != "comment") {
      Add(RuleMatch::Maybe(kNotUnderstood));
    }
    return Skip(3);
  }

  const FirewallWords& words_;
  const FirewallPacket& packet_;
  size_t at_;
  int depth_ = 0;
  RuleOutcome& out_;
};

}  // namespace

bool ReadStatement(const FirewallWords& words, const FirewallPacket& packet, size_t* at,
                   RuleOutcome* out) {
  StatementReader reader(words, packet, at, out);
  if (!reader.Read()) return false;
  *at = reader.at();
  return true;
}

}  // namespace faultline::checks
