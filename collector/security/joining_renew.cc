// Hosts that renew.
#include "absl/strings/str_cat.h"
#include "collector/security/bad_field.h"
#include "collector/security/certificate_request.h"
#include "collector/security/joining.h"
#include "common/join_token.h"
#include "common/tls/certificate.h"

namespace faultline::security {
namespace {

constexpr size_t kMaxCertificateBytes = 8 * 1024;
constexpr size_t kMaxSignatureBytes = 256;
// A host that asks again for what it was given is shown as without it for so long: it asks every
// minute or so while that is true.
constexpr Span kAskedAgain = Span::Seconds(3600);

}  // namespace

absl::StatusOr<Granted> Joining::Renew(const RenewDemand& demand, const std::string& peer) {
  absl::StatusOr<Granted> granted = absl::UnknownError("");
  {
    MutexLock lock(mutex_);
    granted = RenewLocked(demand, PeerGroup(peer));
  }
  TellEnded();
  return granted;
}

absl::StatusOr<Granted> Joining::RenewLocked(const RenewDemand& demand, const std::string& peer) {
  if (absl::Status limited = CheckLimits("renew", peer); !limited.ok()) return limited;
  absl::Status bad;
  if (demand.certificate.size() > kMaxCertificateBytes) bad = Bad("certificate", "is too large");
  if (demand.signature.size() > kMaxSignatureBytes) bad = Bad("signature", "is too large");
  const auto* at = reinterpret_cast<const unsigned char*>(demand.certificate.data());
  const tls::X509Ptr shown(
      bad.ok() ? d2i_X509(nullptr, &at, static_cast<long>(demand.certificate.size()))  // NOLINT
               : nullptr);
  ERR_clear_error();
  if (bad.ok() && shown == nullptr) bad = Bad("certificate", "is no certificate in DER form");
  if (!bad.ok()) return Refuse("renew", "bad_request", peer, bad, "");

  Housekeeping();
  const auto stored = registry_->FindCertificate(tls::SerialOf(shown.get()));
  if (!stored.ok()) return Failed("renew", stored.status());
  RenewalFacts facts;
  // Byte for byte what was given: nothing else of a certificate is then left to check.
  facts.known = *stored && (*stored)->der == demand.certificate;
  std::string of;
  std::vector<StoredCertificate> unused;  // given after it, the newest first
  if (facts.known) {
    const StoredCertificate& old = **stored;
    of = old.identity.id.host;
    facts.signed_right = SignedBy(X509_get0_pubkey(shown.get()),
                                  RenewalText(demand.certificate_request), demand.signature);
    const auto standing = standing_.Find(old.serial);
    facts.revoked = IsRevoked(old);
    facts.revoked_why =
        old.revoked_at.ns != 0 || !standing ? old.revoked_why : standing->revoked_why;
    facts.not_after = old.not_after;
    auto held = registry_->CertificatesOf(old.identity.id);
    if (!held.ok()) return Failed("renew", held.status());
    for (StoredCertificate& each : *held) {
      if (each.serial == old.serial) break;
      if (IsRevoked(each)) continue;
      const auto newer = standing_.Find(each.serial);
      if (each.used || (newer && newer->used)) {
        facts.newer_in_use = true;
      } else {
        unused.push_back(std::move(each));
      }
    }
  }
  const WallTime now = clock_.Now();
  const auto refuse = [&](const Decision& decision) FAULTLINE_REQUIRES(mutex_) {
    return Refuse("renew", std::string(NameOf(decision.verdict)), peer, decision.ToStatus(), of);
  };
  const Decision decision = DecideRenewal(facts, options_.renew_expired, now);
  if (!Grants(decision.verdict)) return refuse(decision);
  const auto key = ParseCertificateRequest(demand.certificate_request);
  if (!key.ok()) return Refuse("renew", "bad_request", peer, key.status(), of);

  const StoredCertificate& old = **stored;
  // Nobody needs to renew so often: a host that runs mad is held up, by itself and not with others
  // of its address.
  if (!unused.empty() || now < old.not_before + Span{(old.not_after - old.not_before).ns / 3}) {
    const std::string host = absl::StrCat("host ", of, " of ", old.identity.id.stack.ToString());
    if (absl::Status limited = CheckLimits("renew", host); !limited.ok()) return limited;
    limits_.Failed(host, clock_.Mono());
  }
  for (const StoredCertificate& each : unused) {
    if (each.key_digest != key->digest || each.not_after <= now) continue;
    tally_.AskedAgain(old.identity.id, old.not_after, clock_.Mono() + kAskedAgain);
    tally_.Count("renew", std::string(NameOf(Verdict::kRepeat)));
    return ToGranted(each);
  }
  IssueRecord record{.certificate = old, .at = now, .shown = old.serial};
  record.certificate.key_digest = key->digest;
  record.certificate.renewed = true;
  record.certificate.used = false;
  // The last one may still be on its way to the host; those before it have not arrived.
  for (size_t i = 1; i < unused.size(); ++i) {
    if (!unused[i].renewed) continue;  // by a token, which knows its own repetition
    if (!standing_.ForgetUnused(unused[i].serial)) {
      facts.newer_in_use = true;
      return refuse(DecideRenewal(facts, options_.renew_expired, now));
    }
    record.replaced.push_back(unused[i].serial);
  }
  auto granted = Issue(record, key->key.get());
  if (!granted.ok()) {
    for (const std::string& serial : record.replaced) standing_.Add(serial);
    return Failed("renew", granted.status());
  }
  if (!unused.empty()) {
    tally_.AskedAgain(old.identity.id, old.not_after, clock_.Mono() + kAskedAgain);
  }
  tally_.Count("renew", std::string(NameOf(decision.verdict)));
  return granted;
}

}  // namespace faultline::security
