#include "agent/checks/firewall_flags.h"

#include <array>
#include <string>
#include <utility>

namespace faultline::checks {
namespace {

constexpr std::array<std::pair<std::string_view, uint8_t>, 8> kNames = {{{"fin", 0x01},
                                                                         {"syn", kTcpSyn},
                                                                         {"rst", 0x04},
                                                                         {"psh", 0x08},
                                                                         {"ack", kTcpAck},
                                                                         {"urg", 0x20},
                                                                         {"ecn", 0x40},
                                                                         {"cwr", 0x80}}};

bool AddFlag(std::string_view word, uint8_t* value) {
  for (const auto& [name, bit] : kNames) {
    if (word == name) {
      *value |= bit;
      return true;
    }
  }
  const std::optional<NumberRange> number = ParseNumberRange(word);
  if (!number.has_value() || number->low > 0xff) return false;
  *value |= static_cast<uint8_t>(number->low);
  return true;
}

// "syn", "syn,ack", "(syn | ack)", "(syn|ack)", "0x2".
bool ReadFlags(const FirewallWords& words, size_t* at, uint8_t* value) {
  bool any = false;
  bool more = true;
  bool in_braces = false;
  while (*at < words.size()) {
    const std::string_view word = words[*at];
    if (word == "(" && !in_braces) {
      in_braces = true;
    } else if (word == ")" && in_braces) {
      ++*at;
      return any;
    } else if (word == "," || word == "|") {
      more = true;
    } else if (more) {
      std::string_view rest = word;
      while (!rest.empty()) {
        const size_t bar = rest.find('|');
        if (!AddFlag(rest.substr(0, bar), value)) return false;
        rest = bar == std::string_view::npos ? std::string_view() : rest.substr(bar + 1);
      }
      any = true;
      more = false;
    } else {
      break;
    }
    ++*at;
  }
  return any;
}

}  // namespace

RuleMatch MatchFlags(const FirewallWords& words, size_t* at, uint8_t flags) {
  const RuleMatch strange = RuleMatch::Maybe(kNotUnderstood);
  const auto yes_if = [](bool yes) { return yes ? RuleMatch::Yes() : RuleMatch::No(); };
  const auto take = [&](std::string_view word) {
    if (*at >= words.size() || words[*at] != word) return false;
    ++*at;
    return true;
  };
  uint8_t mask = 0xff;
  uint8_t value = 0;
  const bool masked = take("&");
  if (masked) {
    mask = 0;
    if (!ReadFlags(words, at, &mask)) return strange;
  }
  const bool differs = take("!=");
  const bool none = !differs && take("!");
  const bool equals = !differs && !none && take("==");
  if (*at < words.size() && words[*at] == "{") {
    ReadElements(words, at);
    return strange;
  }
  if (!ReadFlags(words, at, &value)) return strange;
  if (!masked && take("/")) {
    mask = 0;
    if (!ReadFlags(words, at, &mask)) return strange;
  } else if (!masked && !differs && !equals) {
    return yes_if(((flags & value) != 0) != none);
  }
  return yes_if(((flags & mask) == value) != (differs || none));
}

}  // namespace faultline::checks
