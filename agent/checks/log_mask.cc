#include "agent/checks/log_mask.h"

#include <re2/re2.h>

#include <array>

namespace faultline::checks {
namespace {

struct Rule {
  const char* pattern;
  const char* rewrite;
};

// In this order: the more specific first.
constexpr std::array<Rule, 11> kRules = {{
    {R"((?i)(-----BEGIN [A-Z ]*PRIVATE KEY-----).*)", R"(\1 ***)"},
    // Authorization: Bearer abc, "authorization": "Basic abc"
    {R"((?i)(authorization\\*["']?\s*[:=]\s*\\*["']?)(?:(bearer|basic|digest|token|negotiate)\s+)?[^\s"',;]+)",
     R"(\1\2 ***)"},
    {R"((?i)\b(bearer)\s+[A-Za-z0-9._~+/=-]{8,})", R"(\1 ***)"},
    // scheme://user:secret@host; the secret itself may hold an @
    {R"(\b([A-Za-z][A-Za-z0-9+.-]*://)[^\s/"'@]*@(?:[^\s/"'@]*@)*)", R"(\1***@)"},
    {R"(\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?)", "***"},
    {R"(\b(?:AKIA|ASIA)[A-Z0-9]{12,20}\b)", "***"},
    {R"((?i)\b(identified\s+(?:with\s+\S+\s+)?(?:by|as)(?:\s+password)?\s*)(?:'[^']*'?|"[^"]*"?))",
     R"(\1'***')"},
    // SET PASSWORD FOR 'app'@'%' = 'x', PASSWORD('x')
    {R"((?i)\b(set\s+password\s+for\s[^=]*=\s*)(?:'[^']*'?|"[^"]*"?))", R"(\1'***')"},
    {R"((?i)\b((?:old_)?password\s*\(\s*)(?:'[^']*'?|"[^"]*"?))", R"(\1'***')"},
    // password=x, "db_password": "x y", api-key: x, AWS_SECRET_ACCESS_KEY=x; JSON within JSON too
    {R"((?i)([a-z0-9_-]*(?:passw(?:or)?d|passwd|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential)[a-z0-9_-]*\\*["']?\s*[=:]\s*)(?:\\+"[^"]*"?|"(?:\\.|[^"\\])*"?|'(?:\\.|[^'\\])*'?|[^\s"',;&)}\]]+))",
     R"(\1***)"},
    {R"((?i)(\s--?(?:password|passwd|token|secret)\s+)[^\s-]\S*)", R"(\1***)"},
}};

struct Compiled {
  const RE2* pattern;
  const char* rewrite;
};

const std::array<Compiled, kRules.size()>& CompiledRules() {
  static const auto* const rules = [] {
    auto* compiled = new std::array<Compiled, kRules.size()>;
    RE2::Options options(RE2::Latin1);  // bytes: a line need not be UTF-8
    for (size_t i = 0; i < kRules.size(); ++i) {
      (*compiled)[i] = {new RE2(kRules[i].pattern, options), kRules[i].rewrite};
    }
    return compiled;
  }();
  return *rules;
}

}  // namespace

std::string MaskSecrets(std::string_view line) {
  std::string masked(line);
  for (const Compiled& rule : CompiledRules()) {
    RE2::GlobalReplace(&masked, *rule.pattern, rule.rewrite);
  }
  return masked;
}

}  // namespace faultline::checks
