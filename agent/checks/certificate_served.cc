#include "agent/checks/certificate_served.h"
#include "agent/checks/make_observation.h"
#include "agent/checks/timestamp_gauge.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace faultline::checks {
namespace {

int Gravity(State state) {
  switch (state) {
    case State::kCritical:
      return 3;
    case State::kWarning:
      return 2;
    case State::kUnknown:
      return 1;
    default:
      return 0;
  }
}

// Findings in the order of their word, and when time alone changes one.
struct ServedFindings {
  std::vector<Observation> found;
  WallTime next_change;
  bool awaits_reload = false;

  void Add(Observation finding) { found.push_back(std::move(finding)); }
  void ChangesAt(WallTime when) {
    if (when.ns != 0 && (next_change.ns == 0 || when < next_change)) next_change = when;
  }
};

bool IsAboutTime(const Observation& finding) {
  return finding.reason == "EXPIRED" || finding.reason == "EXPIRES_SOON";
}

// The file and the served one are two certificates.
void Compare(const CertificateLooks& looks, const CertificateExpectation& expected,
             const Observation& served_verdict, WallTime now, ServedFindings* findings) {
  const CertificateFacts& file = *looks.file;
  const CertificateFacts& served = looks.served->facts;
  if (file.fingerprint == served.fingerprint) return;
  // A clock that was set back must not make the grace endless.
  const WallTime changed = std::min(looks.file_changed, now);
  const WallTime ends = changed + expected.reload_grace;
  if (now < ends) {
    findings->awaits_reload = true;
    return findings->ChangesAt(ends);
  }
  if (file.not_before > served.not_before) {
    const bool grave = served_verdict.state == State::kCritical && IsAboutTime(served_verdict);
    Observation older = MakeObservation(
        grave ? State::kCritical : State::kWarning, "SERVED_IS_OLDER",
        absl::StrCat("the file was renewed at ", FormatForPeople(changed),
                     ", but the server still serves the old certificate of ", served.name,
                     ", which ", now >= served.not_after ? "expired at " : "expires at ",
                     FormatForPeople(served.not_after), ": reload it (nginx -t first)"));
    older.since = changed;
    return findings->Add(std::move(older));
  }
  findings->Add(MakeObservation(
      State::kWarning, "SERVED_DIFFERS",
      absl::StrCat("the certificate of ", served.name, " ", served.where,
                   " is not the file's, and not an older one: does the server use this "
                   "file, or did the file go back to an old one?")));
}

// The most telling of what makes a chain untrusted; what time and names say is said elsewhere.
std::optional<Observation> Distrust(const ServedLook& served) {
  const std::string who =
      absl::StrCat("the certificate of ", served.facts.name, " ", served.facts.where);
  const std::string issuer =
      served.facts.issuer.empty() ? "" : absl::StrCat(" (", served.facts.issuer, ")");
  for (const host::TlsDoubt& doubt : served.doubts) {
    switch (doubt.kind) {
      case host::TlsDoubtKind::kSelfSigned:
        return MakeObservation(State::kCritical, "SELF_SIGNED",
                               absl::StrCat(who, " is signed by itself: browsers refuse it"));
      case host::TlsDoubtKind::kIssuerMissing:
        return MakeObservation(
            State::kCritical, "CHAIN_INCOMPLETE",
            absl::StrCat(who, ": ", doubt.depth == 0 ? "its issuer" : "an issuer of its issuer",
                         doubt.depth == 0 ? issuer : "",
                         " is neither served nor trusted here; serve fullchain.pem, or name its "
                         "authority with `ca`"));
      case host::TlsDoubtKind::kUntrusted:
        return MakeObservation(State::kCritical, "UNTRUSTED",
                               absl::StrCat(who,
                                            " ends at an authority that is not trusted here; if it "
                                            "should be, name it with `ca`"));
      case host::TlsDoubtKind::kOther:
        return MakeObservation(State::kCritical, "UNTRUSTED",
                               absl::StrCat(who, " cannot be verified: ", doubt.words));
      case host::TlsDoubtKind::kExpired:
      case host::TlsDoubtKind::kNotYetValid:
        // Of an issuer: the leaf's own times are judged by themselves.
        if (doubt.depth == 0) break;
        return MakeObservation(
            State::kCritical, "UNTRUSTED",
            absl::StrCat(who, " has an issuer in its chain that is not valid: ", doubt.words));
      case host::TlsDoubtKind::kWrongName:
        break;
    }
  }
  return std::nullopt;
}

// What is served was the file's until it was renewed, and nothing but the file says that it may be
// trusted: it is an old one, which Compare tells, and none that turned up from nowhere.
bool IsOwnForerunner(const CertificateLooks& looks, const CertificateExpectation& expected) {
  if (!expected.trusts_file || !looks.file.has_value()) return false;
  const CertificateFacts& file = *looks.file;
  const CertificateFacts& served = looks.served->facts;
  return file.self_signed && served.self_signed && file.names == served.names &&
         file.name == served.name && file.not_before > served.not_before;
}

void LookAtServed(const CertificateLooks& looks, const CertificateExpectation& expected,
                  WallTime now, ServedFindings* findings) {
  const ServedLook& served = *looks.served;
  if (served.failed.has_value()) return findings->Add(*served.failed);
  // Chains are judged by what is trusted here, not by what the file looks like.
  CertificateLimits limits = expected.limits;
  limits.require_chain = false;
  CertificateVerdict verdict = JudgeCertificate(served.facts, limits, now);
  findings->ChangesAt(verdict.next_change);
  if (looks.file.has_value()) Compare(looks, expected, verdict.observation, now, findings);
  findings->Add(std::move(verdict.observation));
  if (!expected.verify) return;
  if (IsOwnForerunner(looks, expected)) return;
  if (std::optional<Observation> distrust = Distrust(served); distrust.has_value()) {
    findings->Add(*std::move(distrust));
  }
}

void LookAtFile(const CertificateLooks& looks, const CertificateExpectation& expected, WallTime now,
                ServedFindings* findings) {
  CertificateVerdict verdict = JudgeCertificate(*looks.file, expected.limits, now);
  findings->ChangesAt(verdict.next_change);
  // The same certificate, served: said once.
  const bool said = looks.served.has_value() && !looks.served->failed.has_value() &&
                    looks.served->facts.fingerprint == looks.file->fingerprint &&
                    verdict.observation.state != State::kOk && IsAboutTime(verdict.observation);
  if (!said) findings->Add(std::move(verdict.observation));
}

void LookAtRenewal(const CertificateLooks& looks, WallTime now, ServedFindings* findings) {
  const CertificateFacts* facts = nullptr;
  if (looks.file.has_value()) {
    facts = &*looks.file;
  } else if (looks.served.has_value() && !looks.served->failed.has_value()) {
    facts = &looks.served->facts;
  }
  if (facts == nullptr) return;
  RenewalVerdict verdict = JudgeRenewal(*looks.renewal, facts->not_before, facts->not_after, now);
  findings->ChangesAt(verdict.next_change);
  if (verdict.finding.has_value()) findings->Add(*std::move(verdict.finding));
}

void AddGauge(const char* name, const CertificateFacts& facts, Observation* out) {
  out->gauges.push_back(TimestampGauge(name, facts.not_after));
}

}  // namespace

CertificateVerdict JudgeCertificates(const CertificateLooks& looks,
                                     const CertificateExpectation& expected, WallTime now) {
  ServedFindings findings;
  if (looks.renewal.has_value()) LookAtRenewal(looks, now, &findings);
  if (looks.served.has_value()) LookAtServed(looks, expected, now, &findings);
  if (looks.file.has_value()) LookAtFile(looks, expected, now, &findings);
  if (looks.file_failed.has_value()) findings.Add(*looks.file_failed);

  CertificateVerdict verdict;
  verdict.next_change = findings.next_change;
  verdict.awaits_reload = findings.awaits_reload;
  Observation& out = verdict.observation;
  if (findings.found.empty()) return verdict;
  std::stable_sort(findings.found.begin(), findings.found.end(),
                   [](const Observation& a, const Observation& b) {
                     return Gravity(a.state) > Gravity(b.state);
                   });
  out = std::move(findings.found.front());
  out.gauges.clear();
  for (size_t i = 1; i < findings.found.size(); ++i) {
    const Observation& other = findings.found[i];
    if (other.state != State::kOk) out.evidence.push_back({other.detail, {}});
  }
  const bool is_served = looks.served.has_value() && !looks.served->failed.has_value();
  if (looks.file.has_value()) {
    AddGauge("certificate_not_after_timestamp_seconds", *looks.file, &out);
  } else if (is_served) {
    AddGauge("certificate_not_after_timestamp_seconds", looks.served->facts, &out);
  }
  if (is_served) {
    AddGauge("certificate_served_not_after_timestamp_seconds", looks.served->facts, &out);
  }
  return verdict;
}

}  // namespace faultline::checks
