#include "collector/incidents/reason_words.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace faultline::incidents {
namespace {

constexpr std::string_view kNotWatched = "not watched";

// What keeps a check from looking, whatever it looks at. The detail says what to do about it.
constexpr std::array kBlindReasons = std::to_array<std::string_view>({
    "ACCOUNT_LOCKED",    "AGENT_STARVED",       "AUTH_DENIED",        "AUTH_PLUGIN",
    "CANNOT_ASK",        "CANNOT_LIST",         "CANNOT_PROBE",       "CANNOT_READ",
    "CA_UNREADABLE",     "FILE_UNREADABLE",     "LOG_UNREADABLE",     "NEVER_ANSWERED",
    "NOT_A_CERTIFICATE", "NOT_A_REPLICA",       "NO_CLOUD_INIT",      "CLOUD_INIT_NOT_RUN",
    "PASSWORD_EXPIRED",  "PASSWORD_UNREADABLE", "PATH_NOT_FOUND",     "RESOLVING",
    "RIGHT_MISSING",     "RULESET_UNREADABLE",  "SERVED_UNREACHABLE", "STATFS_FAILED",
    "STATFS_HUNG",       "SYSTEMD_UNAVAILABLE", "TLS_REQUIRED",       "UNDECIDED_RULE",
    "UNIT_MASKED",       "UNIT_NOT_FOUND",      "UNIT_STATE_UNKNOWN", "USER_LIMIT_REACHED",
    "WORKERS_BUSY",
});

const ReasonWords* FindIn(std::span<const ReasonWords> table, std::string_view kind,
                          std::string_view reason) {
  for (const ReasonWords& line : table) {
    if (line.kind == kind && line.reason == reason) return &line;
  }
  return nullptr;
}

constexpr ReasonWords kBlind = {"", "", kNotWatched, "", "$H could not look at $K"};
constexpr ReasonWords kUnheardOf = {"", "", "in trouble", "", "$K on $H was in trouble"};

const ReasonWords& WordsOf(const rules::Alert& alert) {
  const ReasonWords* found = FindReasonWords(alert.check.kind, alert.reason);
  return found == nullptr ? kUnheardOf : *found;
}

}  // namespace

const ReasonWords* FindReasonWords(std::string_view kind, std::string_view reason) {
  for (const auto& table : {ServiceWords(), PathWords(), HostWords()}) {
    if (const ReasonWords* line = FindIn(table, kind, reason); line != nullptr) return line;
  }
  for (const std::string_view blind : kBlindReasons) {
    if (blind == reason) return &kBlind;
  }
  return nullptr;
}

std::string NowInWords(const rules::Alert& alert) { return std::string(WordsOf(alert).now); }

std::string ThenInWords(const rules::Alert& alert) {
  const ReasonWords& words = WordsOf(alert);
  return words.then.empty() ? absl::StrCat("was ", std::string(words.now))
                            : std::string(words.then);
}

std::string PastInWords(const rules::Alert& alert) {
  const std::string what = absl::StrCat(alert.check.kind, " ", alert.check.target);
  return absl::StrReplaceAll(std::string(WordsOf(alert).past),
                             {{"$T", alert.check.target}, {"$H", alert.host.host}, {"$K", what}});
}

bool CouldNotLook(std::string_view kind, std::string_view reason) {
  const ReasonWords* words = FindReasonWords(kind, reason);
  return words != nullptr && words->now == kNotWatched;
}

}  // namespace faultline::incidents
