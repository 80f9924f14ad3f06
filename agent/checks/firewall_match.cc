#include "agent/checks/firewall_match.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "agent/checks/firewall_field.h"
#include "agent/checks/firewall_flags.h"
#include "agent/checks/firewall_statement.h"

namespace faultline::checks {
namespace {

std::string_view Operator(std::string_view word) {
  if (word == "==" || word == "eq") return "==";
  if (word == "!=" || word == "neq" || word == "!") return "!=";
  if (word == "<" || word == "lt") return "<";
  if (word == ">" || word == "gt") return ">";
  if (word == "<=" || word == "lte") return "<=";
  if (word == ">=" || word == "gte") return ">=";
  return "";
}

class RuleReader {
 public:
  RuleReader(const FirewallRule& rule, const FirewallTable& table, const FirewallPacket& packet)
      : words_(rule.words), table_(table), packet_(packet) {}

  RuleOutcome Read() {
    while (at_ < words_.size() && out_.match.kind != RuleMatch::Kind::kNo) {
      FirewallField field = FirewallField::kNotUnderstood;
      if (ReadStatement(words_, packet_, &at_, &out_)) continue;
      if (ReadField(words_, &at_, &field)) {
        ReadExpression(field);
      } else {
        Add(RuleMatch::Maybe(kNotUnderstood));
        ++at_;
      }
    }
    return std::move(out_);
  }

 private:
  void Add(const RuleMatch& match) { out_.match = Both(out_.match, match); }
  bool More() const { return at_ < words_.size(); }

  void ReadExpression(FirewallField first) {
    if (first == FirewallField::kFlags) return Add(MatchFlags(words_, &at_, packet_.flags));
    std::vector<FirewallField> fields = {first};
    while (More() && words_[at_] == "." && at_ + 1 < words_.size()) {
      ++at_;
      FirewallField next = FirewallField::kNotUnderstood;
      if (!ReadField(words_, &at_, &next)) ++at_;
      fields.push_back(next);
    }
    if (!More()) return Add(RuleMatch::Maybe(kNotUnderstood));
    if (words_[at_] == "set") return ReadMarkChange(first);
    FirewallPacket masked;
    const FirewallPacket* packet = &packet_;
    if (words_[at_] == "&" && at_ + 2 < words_.size()) {
      masked = packet_;
      if (!Mask(first, words_[at_ + 1], &masked)) fields[0] = FirewallField::kNotUnderstood;
      packet = &masked;
      at_ += 2;
    }
    if (words_[at_] == "vmap") return ReadVerdictMap(fields);
    const std::string_view op = Operator(words_[at_]);
    if (!op.empty()) ++at_;
    if (!More()) return Add(RuleMatch::Maybe(kNotUnderstood));
    Add(MatchValues(fields, op, *packet));
  }

  static bool Mask(FirewallField field, std::string_view word, FirewallPacket* packet) {
    const std::optional<NumberRange> mask = ParseNumberRange(word);
    if (!mask.has_value()) return false;
    if (field == FirewallField::kIp4Fragment) return true;  // 0 stays 0
    if (field != FirewallField::kMark) return false;
    if (packet->mark.has_value()) *packet->mark &= mask->low;
    return true;
  }

  // "meta mark set 0x1", also with longer expressions.
  void ReadMarkChange(FirewallField field) {
    ++at_;
    if (field != FirewallField::kMark) return SkipExpression();
    out_.sets_mark = true;
    const bool constant = More() && (at_ + 1 == words_.size() || StartsAnew(words_[at_ + 1]));
    if (constant) {
      if (const auto value = ParseNumberRange(words_[at_])) out_.mark = value->low;
    }
    SkipExpression();
  }

  static bool StartsAnew(std::string_view word) {
    return word == "counter" || word == "accept" || word == "drop" || word == "return" ||
           word == "jump" || word == "goto" || word == "log" || word == "comment";
  }
  void SkipExpression() {
    while (More() && !StartsAnew(words_[at_])) ++at_;
  }

  // Which part of a key names the client; nullopt: none.
  std::optional<size_t> ClientPart(const std::vector<FirewallField>& fields) const {
    for (size_t i = 0; i < fields.size(); ++i) {
      const FirewallField field = fields[i];
      const bool source = field == FirewallField::kIp4Source || field == FirewallField::kIp6Source;
      const bool destination =
          field == FirewallField::kIp4Destination || field == FirewallField::kIp6Destination;
      if (source && packet_.client_is_source()) return i;
      if (destination && packet_.client_is_destination()) return i;
    }
    return std::nullopt;
  }

  // The client that `key` names, in a set of its own.
  ClientSet ClientOf(const std::vector<FirewallField>& fields, const FirewallWords& key) const {
    std::optional<size_t> part = ClientPart(fields);
    if (!part.has_value()) return std::nullopt;
    for (const std::string_view word : key) {
      if (*part == 0) {
        const std::optional<AddressRange> range = ParseAddressRange(word);
        if (!range.has_value()) return std::nullopt;
        return std::vector<AddressRange>{*range};
      }
      if (word == ".") --*part;
    }
    return std::nullopt;
  }

  RuleMatch MatchValues(const std::vector<FirewallField>& fields, std::string_view op,
                        const FirewallPacket& packet) {
    RuleMatch match = RuleMatch::No();
    const bool negated = op == "!=";
    ClientSet clients = std::vector<AddressRange>();
    if (words_[at_] == "{" || words_[at_].starts_with('@')) {
      match = MatchSet(fields, packet, &clients);
    } else {
      const std::string_view each = negated ? "" : op;
      clients = Union(std::move(clients), ClientOf(fields, {words_[at_]}));
      match = MatchField(fields[0], each, words_[at_++], packet);
      while (at_ + 1 < words_.size() && words_[at_] == ",") {
        clients = Union(std::move(clients), ClientOf(fields, {words_[at_ + 1]}));
        match = Either(match, MatchField(fields[0], each, words_[at_ + 1], packet));
        at_ += 2;
      }
      if (fields.size() > 1) match = RuleMatch::Maybe(kNotUnderstood);
    }
    if (!negated) {
      if (match.doubts == kSomeSources) out_.clients = Intersection(out_.clients, clients);
      return match;
    }
    match = Negated(match);
    // "all but these" is a list of those who may.
    match.lists_sources = (match.doubts & kSomeSources) != 0;
    return match;
  }

  RuleMatch MatchSet(const std::vector<FirewallField>& fields, const FirewallPacket& packet,
                     ClientSet* clients) {
    RuleMatch match = RuleMatch::No();
    const std::vector<FirewallElement>* elements = nullptr;
    std::vector<FirewallElement> written;
    const bool named = words_[at_] != "{";
    if (named) {
      elements = FindSet(words_[at_++].substr(1));
      if (elements == nullptr) {
        clients->reset();
        return RuleMatch::Maybe(DoubtOf(fields[0]));
      }
    } else {
      written = ReadElements(words_, &at_);
      elements = &written;
    }
    for (const FirewallElement& element : *elements) {
      const RuleMatch key = MatchKey(fields, element.key, packet);
      if (key.kind != RuleMatch::Kind::kNo) {
        *clients = Union(std::move(*clients), ClientOf(fields, element.key));
      }
      match = Either(match, key);
      if (match.kind == RuleMatch::Kind::kYes) break;
    }
    if (match.kind == RuleMatch::Kind::kMaybe && (match.doubts & kSomeSources) != 0) {
      match.lists_sources = named || elements->size() > 4;
    }
    return match;
  }

  const std::vector<FirewallElement>* FindSet(std::string_view name) const {
    const auto set = table_.sets.find(name);
    return set == table_.sets.end() ? nullptr : &set->second;
  }

  static RuleMatch MatchKey(const std::vector<FirewallField>& fields, const FirewallWords& key,
                            const FirewallPacket& packet) {
    if (!key.empty() && key[0] == "*") return RuleMatch::Yes();
    RuleMatch match;
    size_t at = 0;
    for (const FirewallField field : fields) {
      if (at >= key.size()) return RuleMatch::Maybe(kNotUnderstood);
      match = Both(match, MatchField(field, "", key[at], packet));
      // Behind the value: a timeout, a counter.
      while (at < key.size() && key[at] != ".") ++at;
      ++at;
    }
    return match;
  }

  void ReadVerdictMap(const std::vector<FirewallField>& fields) {
    ++at_;
    std::vector<FirewallElement> written;
    const std::vector<FirewallElement>* elements = &written;
    if (More() && words_[at_] == "{") {
      written = ReadElements(words_, &at_);
    } else if (More()) {
      elements = FindSet(words_[at_++].substr(1));
    }
    if (elements == nullptr) return Add(RuleMatch::Maybe(kNotUnderstood));
    RuleMatch any = RuleMatch::No();
    for (const FirewallElement& element : *elements) {
      const RuleMatch key = MatchKey(fields, element.key, packet_);
      if (key.kind == RuleMatch::Kind::kNo) continue;
      RuleOutcome verdict;
      size_t at = 0;
      while (at < element.verdict.size() &&
             ReadStatement(element.verdict, packet_, &at, &verdict)) {
      }
      for (RuleOutcome::Step& step : verdict.steps) {
        step.doubts |= key.doubts;
        step.clients = ClientOf(fields, element.key);
        out_.steps.push_back(step);
      }
      any.kind = RuleMatch::Kind::kYes;  // doubts are the steps'
      any.names_port = any.names_port || key.names_port;
      if (key.kind == RuleMatch::Kind::kYes) break;
    }
    Add(any);
  }

  const FirewallWords& words_;
  const FirewallTable& table_;
  const FirewallPacket& packet_;
  size_t at_ = 0;
  RuleOutcome out_;
};

}  // namespace

RuleOutcome MatchRule(const FirewallRule& rule, const FirewallTable& table,
                      const FirewallPacket& packet) {
  return RuleReader(rule, table, packet).Read();
}

}  // namespace faultline::checks
