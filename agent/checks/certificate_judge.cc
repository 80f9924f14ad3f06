#include "agent/checks/certificate_judge.h"
#include "agent/checks/make_observation.h"
#include "agent/checks/timestamp_gauge.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace faultline::checks {
namespace {

constexpr Span kCriticalDays = Span::Seconds(3 * 86400);

}  // namespace

CertificateVerdict JudgeCertificate(const CertificateFacts& facts, const CertificateLimits& limits,
                                    WallTime now) {
  const Span life{std::max<int64_t>((facts.not_after - facts.not_before).ns, 0)};
  const Span critical = limits.critical.value_or(std::min(kCriticalDays, Span{life.ns / 10}));
  const Span warn = std::max(limits.warn.value_or(Span{life.ns / 4}), critical);
  const std::string until = FormatForPeople(facts.not_after);
  const std::string who =
      absl::StrCat("the certificate of ", facts.name, facts.where.empty() ? "" : " ", facts.where);

  CertificateVerdict verdict;
  Observation& out = verdict.observation;
  // The next of the moments at which the answer changes.
  for (const WallTime change :
       {facts.not_before, facts.not_after - warn, facts.not_after - critical, facts.not_after}) {
    if (change > now && (verdict.next_change.ns == 0 || change < verdict.next_change)) {
      verdict.next_change = change;
    }
  }

  if (now >= facts.not_after) {
    out = MakeObservation(State::kCritical, "EXPIRED", absl::StrCat(who, " expired at ", until));
    out.since = facts.not_after;
  } else if (now < facts.not_before) {
    out =
        MakeObservation(State::kCritical, "NOT_YET_VALID",
                        absl::StrCat(who, " is valid only from ", FormatForPeople(facts.not_before),
                                     "; is this host's clock right?"));
  } else if (now >= facts.not_after - critical) {
    out =
        MakeObservation(State::kCritical, "EXPIRES_SOON", absl::StrCat(who, " expires at ", until));
  } else if (!facts.missing_hostnames.empty()) {
    out = MakeObservation(
        State::kCritical, "HOSTNAME_MISMATCH",
        absl::StrCat(who, " does not cover ", absl::StrJoin(facts.missing_hostnames, ", "),
                     "; it covers ",
                     facts.names.empty() ? "no name" : absl::StrJoin(facts.names, ", ")));
  } else if (now >= facts.not_after - warn) {
    out =
        MakeObservation(State::kWarning, "EXPIRES_SOON", absl::StrCat(who, " expires at ", until));
  } else if (limits.require_chain && facts.self_signed) {
    out = MakeObservation(State::kWarning, "SELF_SIGNED",
                          absl::StrCat(who, " is signed by itself: browsers refuse it"));
  } else if (limits.require_chain && !facts.chain_present) {
    out = MakeObservation(State::kWarning, "CHAIN_INCOMPLETE",
                          absl::StrCat(who, " comes without its issuer's; use fullchain.pem"));
  } else {
    out = MakeObservation(State::kOk, "", absl::StrCat(who, " is valid until ", until));
  }
  out.gauges.push_back(TimestampGauge("certificate_not_after_timestamp_seconds", facts.not_after));
  return verdict;
}

}  // namespace faultline::checks
