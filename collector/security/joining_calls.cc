// The calls of hosts that join, and what all their calls share.
#include <arpa/inet.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "collector/security/bad_field.h"
#include "collector/security/certificate_request.h"
#include "collector/security/digest.h"
#include "collector/security/joining.h"
#include "collector/security/token_roles.h"
#include "common/log.h"
#include "common/text.h"

namespace faultline::security {
namespace {

constexpr size_t kNonceBytes = 32;
constexpr size_t kMaxText = 128;
constexpr size_t kMaxAddresses = 64;
constexpr int kLinesPerMinute = 20;

bool IsAddress(const std::string& text) {
  unsigned char ignored[sizeof(in6_addr)];
  if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != std::string::npos) return false;
  return inet_pton(AF_INET, text.c_str(), ignored) == 1 ||
         inet_pton(AF_INET6, text.c_str(), ignored) == 1;
}

absl::Status CheckFields(const EnrolDemand& demand) {
  if (!IsIdentityName(demand.host)) {
    return Bad("host", absl::StrCat("\"", CleanText(demand.host, 80),
                                    "\" is not 1 to 63 letters, digits, '.', '-' or '_', the first "
                                    "a letter or digit"));
  }
  if (demand.addresses.size() > kMaxAddresses) {
    return Bad("addresses",
               absl::StrCat("has ", demand.addresses.size(), ", at most ", kMaxAddresses));
  }
  for (const std::string& address : demand.addresses) {
    if (!IsAddress(address)) {
      return Bad("addresses", absl::StrCat("\"", CleanText(address, 80), "\" is no address"));
    }
  }
  return absl::OkStatus();
}

TokenFacts ToFacts(const std::optional<StoredToken>& stored, bool right) {
  if (!stored) return {};
  return {.known = true,
          .right = right,
          .expires_at = stored->expires_at,
          .revoked_at = stored->revoked_at,
          .uses = stored->uses,
          .used = stored->used,
          .replace = stored->replace};
}

// For people: what holds a name.
std::string HolderText(const StoredCertificate& holder) {
  const std::string first = holder.addresses.substr(0, holder.addresses.find(' '));
  return absl::StrCat(holder.instance_id.empty() ? "another machine" : holder.instance_id,
                      first.empty() ? "" : " at ", first);
}

}  // namespace

bool Joining::MayLog() {
  const MonoTime now = clock_.Mono();
  if (logged_ == 0 || now - log_window_ > Span::Seconds(60)) {
    log_window_ = now;
    logged_ = 0;
  }
  return ++logged_ <= kLinesPerMinute;
}

absl::Status Joining::CheckLimits(const std::string& call, const std::string& peer) {
  if (limits_.MayTry(peer, clock_.Mono())) return absl::OkStatus();
  tally_.Count(call, "limited");
  return absl::ResourceExhaustedError(
      absl::StrCat("too many attempts from ", peer, " have failed; try again in a minute"));
}

absl::Status Joining::Refuse(const std::string& call, const std::string& outcome,
                             const std::string& peer, const absl::Status& why,
                             const std::string& of) {
  const MonoTime now = clock_.Mono();
  tally_.Count(call, outcome);
  const bool may_hear = limits_.MayHearWhy(now);
  limits_.Failed(peer, now);
  if (MayLog()) {
    LogWarning(absl::StrCat("joining: refused to ", call, of.empty() ? "" : " ", of, " for ", peer,
                            ": ", CleanText(std::string(why.message()), 400)));
  }
  if (may_hear) return why;
  return absl::ResourceExhaustedError("too many attempts fail on this collector; try again later");
}

absl::Status Joining::Failed(const std::string& call, const absl::Status& why) {
  tally_.Count(call, "failed");
  if (MayLog()) LogError(absl::StrCat("joining: ", call, " failed: ", std::string(why.message())));
  return absl::UnavailableError(
      "the collector cannot give out certificates now; see its log, and try again later");
}

absl::StatusOr<Proof> Joining::Prove(const std::string& token_id, const std::string& nonce,
                                     const std::string& peer_text) {
  const std::string peer = PeerGroup(peer_text);
  MutexLock lock(mutex_);
  if (absl::Status limited = CheckLimits("proof", peer); !limited.ok()) return limited;
  absl::Status bad;
  if (!IsTokenId(token_id)) bad = Bad("token_id", "is not 10 of a to z and 2 to 7");
  if (nonce.size() != kNonceBytes) bad = Bad("nonce", "is not 32 bytes");
  if (!bad.ok()) return Refuse("proof", "bad_request", peer, bad, "");
  const auto token = registry_->FindToken(token_id);
  if (!token.ok()) return Failed("proof", token.status());
  const WallTime now = clock_.Now();
  TokenFacts facts = ToFacts(*token, true);
  if (facts.known && facts.expires_at <= now) {
    const auto holder = registry_->HasLivingCertificate(token_id, now);
    if (!holder.ok()) return Failed("proof", holder.status());
    facts.holder = *holder;
  }
  const Decision decision = DecideProof(facts, now);
  if (decision.verdict == Verdict::kNoSuchToken) {
    return Refuse("proof", std::string(NameOf(decision.verdict)), peer,
                  absl::NotFoundError(decision.text), token_id);
  }
  if (absl::Status status = decision.ToStatus(); !status.ok()) {
    return Refuse("proof", std::string(NameOf(decision.verdict)), peer, status, token_id);
  }
  tally_.Count("proof", "issued");
  return Proof{authority_->der(), AuthorityProof((*token)->proof_key, nonce, authority_->der())};
}

absl::StatusOr<Granted> Joining::Enrol(const EnrolDemand& demand, const std::string& peer) {
  absl::StatusOr<Granted> granted = absl::UnknownError("");
  {
    MutexLock lock(mutex_);
    granted = EnrolLocked(demand, PeerGroup(peer));
  }
  TellEnded();
  return granted;
}

absl::StatusOr<Granted> Joining::EnrolLocked(const EnrolDemand& demand, const std::string& peer) {
  if (absl::Status limited = CheckLimits("enrol", peer); !limited.ok()) return limited;
  const std::string of = CleanText(demand.host, 63);
  // What is cheap comes first: only who has the right token makes this verify a signature.
  const auto token = ParseJoinToken(demand.token);
  if (!token.ok()) {
    return Refuse("enrol", "bad_request", peer, Bad("token", std::string(token.status().message())),
                  of);
  }
  const auto stored = registry_->FindToken(token->id);
  if (!stored.ok()) return Failed("enrol", stored.status());
  const bool right = *stored && SecretsEqual((*stored)->verifier, Verifier(*token));
  const TokenFacts facts = ToFacts(*stored, right);
  const WallTime now = clock_.Now();
  const auto refuse = [&](const Decision& decision) FAULTLINE_REQUIRES(mutex_) {
    return Refuse("enrol", std::string(NameOf(decision.verdict)), peer, decision.ToStatus(), of);
  };
  if (!right) return refuse(DecideEnrol(facts, {}, now));
  absl::Status fields = CheckFields(demand);
  if (!fields.ok()) return Refuse("enrol", "bad_request", peer, fields, of);
  const auto role = RolesFor(demand.role, **stored);
  if (!role.ok()) return Refuse("enrol", "bad_request", peer, role.status(), of);
  const auto key = ParseCertificateRequest(demand.certificate_request);
  if (!key.ok()) return Refuse("enrol", "bad_request", peer, key.status(), of);

  Housekeeping();
  const HostId host = {(*stored)->stack, demand.host};
  const auto held = registry_->CertificatesOf(host);
  if (!held.ok()) return Failed("enrol", held.status());
  const StoredCertificate* repeat = nullptr;
  const NameFacts name = FactsOf(host, **stored, key->digest, *held, &repeat);
  const Decision decision = DecideEnrol(facts, name, now);
  if (!Grants(decision.verdict)) return refuse(decision);
  const std::string outcome(NameOf(decision.verdict));
  if (decision.verdict == Verdict::kRepeat) {
    tally_.Count("enrol", outcome);
    return ToGranted(*repeat);
  }
  IssueRecord record{.certificate = {.identity = {host, *role},
                                     .key_digest = key->digest,
                                     .token = token->id,
                                     .instance_id = CleanText(demand.instance_id, kMaxText),
                                     .addresses = absl::StrJoin(demand.addresses, " ")},
                     .at = now};
  const std::string holder = HolderText(record.certificate);
  if (decision.verdict == Verdict::kTakeOver) {
    record.taken_over_why =
        absl::StrCat("its name was taken over by ", holder, " at ", FormatRfc3339(now));
    for (const StoredCertificate& each : *held) {
      if (!IsRevoked(each)) record.taken_over.push_back(each.serial);
    }
  }
  auto granted = Issue(record, key->key.get());
  if (!granted.ok()) return Failed("enrol", granted.status());
  StoredToken spent = **stored;
  ++spent.used;
  tally_.SetToken(spent);
  if (!record.taken_over.empty()) {
    ended_.emplace_back(host,
                        absl::StrCat("your certificate was revoked: ", record.taken_over_why));
  }
  tally_.Count("enrol", outcome);
  LogNotice(absl::StrCat("joining: ", demand.host, " of ", host.stack.ToString(), " (role ", *role,
                         ", ", holder, ") joined with the token ", token->id, " from ", peer,
                         record.taken_over.empty() ? "" : ", taking the name over"));
  return granted;
}

NameFacts Joining::FactsOf(const HostId& host, const StoredToken& token,
                           const std::string& key_digest,
                           const std::vector<StoredCertificate>& held,
                           const StoredCertificate** repeat) {
  const WallTime now = clock_.Now();
  const pipeline::HostPresence presence = live_.PresenceOf(host);
  NameFacts name{.host = host,
                 .heard = presence.heard,
                 .powered_off = presence.powered_off,
                 .starting_for = std::max(Span{}, opened_ + kSettling - clock_.Mono())};
  for (const StoredCertificate& each : held) {  // the newest first
    const bool ours = each.token == token.id && !each.renewed;
    if (IsRevoked(each)) {
      name.revoked_since = name.revoked_since || (!each.taken_over && each.token == token.id);
      continue;
    }
    if (ours && each.key_digest == key_digest && each.not_after > now && *repeat == nullptr) {
      *repeat = &each;
      name.repeat = true;
    }
    if (each.key_digest == key_digest) continue;
    // Who is connected holds the name, whatever became of its renewals.
    if (!presence.connected && each.not_after + options_.renew_expired < now) continue;
    if (!each.renewed) name.holder_since = std::max(name.holder_since, each.not_before);
    if (name.taken) continue;
    name.taken = true;
    name.holder = HolderText(each);
  }
  name.live = name.taken && presence.connected;
  return name;
}

bool Joining::IsRevoked(const StoredCertificate& certificate) const {
  if (certificate.revoked_at.ns != 0) return true;
  // One that could not be written down counts as well.
  const auto standing = standing_.Find(certificate.serial);
  return standing && !standing->revoked_why.empty();
}

absl::StatusOr<Granted> Joining::Issue(IssueRecord record, EVP_PKEY* key) {
  StoredCertificate& certificate = record.certificate;
  auto issued =
      authority_->IssueHost(key, certificate.identity, record.at, options_.certificate_life);
  if (!issued.ok()) return issued.status();
  certificate.serial = issued->serial;
  certificate.der = issued->der;
  certificate.not_before = issued->validity.not_before;
  certificate.not_after = issued->validity.not_after;
  const auto gone = registry_->RecordIssue(record);
  if (!gone.ok()) return gone.status();
  for (const std::string& serial : *gone) standing_.Forget(serial);
  standing_.Add(certificate.serial);
  for (const std::string& serial : record.taken_over) {
    standing_.Revoke(serial, record.taken_over_why);
  }
  tally_.SetEnd(certificate.identity.id, certificate.not_after);
  return ToGranted(certificate);
}

Granted Joining::ToGranted(const StoredCertificate& certificate) const {
  return {certificate.der,
          authority_->der(),
          {certificate.not_before, certificate.not_after},
          certificate.identity};
}

}  // namespace faultline::security
