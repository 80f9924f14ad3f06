#include "collector/security/joining.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "collector/security/digest.h"
#include "common/log.h"
#include "common/text.h"
#include "common/token_limits.h"

namespace faultline::security {
namespace {

// What has ended stays to be asked about for so long.
constexpr Span kRemembered = Span::Seconds(30 * 86'400);
constexpr Span kForgetEvery = Span::Seconds(3600);
constexpr Span kEndsSoon = Span::Seconds(90 * 86'400);

absl::Status Check(const TokenSpec& spec) {
  const auto wrong = [](const char* field, const std::string& what) {
    return absl::InvalidArgumentError(absl::StrCat(field, ": ", what));
  };
  constexpr char kName[] =
      " is not 1 to 63 letters, digits, '.', '-' or '_', the first a letter or digit";
  const auto quoted = [](const std::string& text) {
    return absl::StrCat("\"", CleanText(text, 80), "\"");
  };
  if (!IsIdentityName(spec.stack.stack)) return wrong("stack", quoted(spec.stack.stack) + kName);
  if (!IsIdentityName(spec.stack.env)) return wrong("env", quoted(spec.stack.env) + kName);
  const std::string known = absl::StrJoin(HostRoles(), ", ");
  for (auto role = spec.roles.begin(); role != spec.roles.end(); ++role) {
    if (std::count(HostRoles().begin(), HostRoles().end(), *role) == 0) {
      return wrong("roles", absl::StrCat(quoted(*role), " is none of ", known));
    }
    if (std::count(spec.roles.begin(), role, *role) > 0) {
      return wrong("roles", absl::StrCat(*role, " stands there twice"));
    }
  }
  if (spec.uses < 1 || spec.uses > kMaxTokenUses) {
    return wrong("uses", absl::StrCat(spec.uses, " is not from 1 to ", kMaxTokenUses));
  }
  if (spec.ttl < kLeastTokenLife || spec.ttl > kMostTokenLife) {
    return wrong("ttl", absl::StrCat(FormatSpan(spec.ttl), " is not from 1m to 365d"));
  }
  return absl::OkStatus();
}

StoredToken ToStore(const JoinToken& token, const TokenSpec& spec, const std::string& source,
                    WallTime now) {
  return {.id = token.id,
          .verifier = Verifier(token),
          .proof_key = ProofKey(token),
          .stack = spec.stack,
          .roles = spec.roles,
          .replace = spec.replace,
          .uses = static_cast<uint32_t>(spec.uses),
          .created_at = now,
          .expires_at = now + spec.ttl,
          .source = source};
}

std::string Describe(const StoredToken& token) {
  return absl::StrCat(
      token.id, " for ",
      token.roles.empty() ? "hosts of any role" : "role " + absl::StrJoin(token.roles, ", "),
      " of ", token.stack.ToString(), ", ", token.uses, token.uses == 1 ? " use" : " uses",
      ", until ", FormatRfc3339(token.expires_at),
      token.replace ? ", may replace silent hosts" : "");
}

}  // namespace

Joining::Joining(JoiningOptions options, std::unique_ptr<Authority> authority,
                 std::unique_ptr<Registry> registry, const pipeline::LiveHosts& live,
                 const Clock& clock)
    : options_(std::move(options)),
      authority_(std::move(authority)),
      live_(live),
      clock_(clock),
      opened_(clock.Mono()),
      registry_(std::move(registry)),
      forgot_(clock.Mono()) {}

Joining::~Joining() {
  MutexLock lock(mutex_);
  (void)registry_->MarkUsed(standing_.TakeUsed());
}

absl::StatusOr<std::unique_ptr<Joining>> Joining::Open(JoiningOptions options,
                                                       const pipeline::LiveHosts& live,
                                                       const Clock& clock) {
  auto authority = Authority::OpenOrMake(options.directory, clock.Now());
  if (!authority.ok()) return authority.status();
  auto registry = Registry::Open(options.directory + "/joining.db");
  if (!registry.ok()) return registry.status();
  std::unique_ptr<Joining> joining(
      new Joining(std::move(options), *std::move(authority), *std::move(registry), live, clock));
  if (absl::Status loaded = joining->Load(); !loaded.ok()) return loaded;
  return joining;
}

absl::Status Joining::Load() {
  MutexLock lock(mutex_);
  const WallTime now = clock_.Now();
  const auto all = registry_->AllStates();
  if (!all.ok()) return all.status();
  std::map<HostId, WallTime> ends;
  for (const CertificateState& each : *all) {  // the newest first
    standing_.Add(each.serial, each.used);
    if (each.revoked_at.ns != 0) {
      standing_.Revoke(each.serial, each.revoked_why);
    } else if (ends.emplace(each.host, each.not_after).second) {
      tally_.SetEnd(each.host, each.not_after);
    }
  }
  const auto tokens = registry_->Tokens();
  if (!tokens.ok()) return tokens.status();
  tally_.SetTokens(*tokens);
  LogInfo(absl::StrCat("authority ", options_.directory, authority_->is_new() ? ": made," : ":",
                       " good until ", FormatRfc3339(authority_->not_after()), ", ", ends.size(),
                       " hosts hold certificates"));
  if (authority_->is_new()) {
    LogNotice(
        absl::StrCat("back up ", options_.directory, ": without it every host must join again"));
  }
  if (authority_->not_after() < now + kEndsSoon) {
    LogWarning(absl::StrCat("the authority ends at ", FormatRfc3339(authority_->not_after()),
                            "; no host can connect after that"));
  }
  return absl::OkStatus();
}

absl::StatusOr<CreatedToken> Joining::CreateToken(const TokenSpec& spec, const std::string& who) {
  if (absl::Status checked = Check(spec); !checked.ok()) return checked;
  const JoinToken token = TokenFromRandom(RandomBytes(kTokenRandomBytes));
  StoredToken stored = ToStore(token, spec, "operator", clock_.Now());
  MutexLock lock(mutex_);
  if (absl::Status added = registry_->AddToken(stored); !added.ok()) return added;
  tally_.SetToken(stored);
  LogNotice(absl::StrCat("audit: ", who, " made the token ", Describe(stored)));
  return CreatedToken{token.Text(), std::move(stored)};
}

absl::StatusOr<bool> Joining::ImportToken(const JoinToken& token, const TokenSpec& spec,
                                          const std::string& source) {
  if (absl::Status checked = Check(spec); !checked.ok()) return checked;
  MutexLock lock(mutex_);
  const auto known = registry_->FindToken(token.id);
  if (!known.ok()) return known.status();
  if (*known) {
    if (SecretsEqual((*known)->verifier, Verifier(token))) return false;
    return absl::AlreadyExistsError(
        absl::StrCat("the token ", token.id, " is known with another secret; make a new one"));
  }
  const StoredToken stored = ToStore(token, spec, source, clock_.Now());
  if (absl::Status added = registry_->AddToken(stored); !added.ok()) return added;
  tally_.SetToken(stored);
  LogNotice(absl::StrCat("audit: the configuration brought the token ", Describe(stored), ", from ",
                         source));
  return true;
}

absl::StatusOr<std::vector<StoredToken>> Joining::Tokens() {
  MutexLock lock(mutex_);
  return registry_->Tokens();
}

absl::StatusOr<StoredToken> Joining::RevokeToken(const std::string& id, const std::string& who) {
  MutexLock lock(mutex_);
  auto token = registry_->FindToken(id);
  if (!token.ok()) return token.status();
  if (!*token) {
    return absl::NotFoundError(absl::StrCat("there is no token \"", CleanText(id, 80),
                                            "\"; a token's id is what stands between its dots"));
  }
  StoredToken& revoked = **token;
  if (revoked.revoked_at.ns != 0) return revoked;
  revoked.revoked_at = clock_.Now();
  const absl::Status written = registry_->RevokeToken(id, revoked.revoked_at);
  if (!written.ok()) return written;
  tally_.SetToken(revoked);
  LogNotice(absl::StrCat("audit: ", who, " revoked the token ", Describe(revoked)));
  return revoked;
}

std::map<HostId, WallTime> Joining::CertificateEnds() const { return tally_.Ends(clock_.Mono()); }

JoiningNumbers Joining::Numbers() const {
  JoiningNumbers numbers{.outcomes = tally_.outcomes(),
                         .active_tokens = tally_.ActiveTokens(clock_.Now()),
                         .authority_end = authority_->not_after(),
                         .nearest_end = {}};
  for (const auto& [host, end] : CertificateEnds()) {
    if (!live_.PresenceOf(host).connected) continue;
    if (numbers.nearest_end.ns == 0 || end < numbers.nearest_end) numbers.nearest_end = end;
  }
  return numbers;
}

void Joining::set_on_ended(OnEnded listener) {
  MutexLock lock(listener_mutex_);
  on_ended_ = std::move(listener);
}

void Joining::TellEnded() {
  std::vector<std::pair<HostId, std::string>> ended;
  {
    MutexLock lock(mutex_);
    ended = std::exchange(ended_, {});
  }
  if (ended.empty()) return;
  MutexLock lock(listener_mutex_);
  for (const auto& [host, why] : ended) {
    if (on_ended_) on_ended_(host, why);
  }
}

// What costs a write and is nobody's wish: rarely, and its failure is no one's failure.
void Joining::Housekeeping() {
  const std::vector<std::string> used = standing_.TakeUsed();
  if (!used.empty() && !registry_->MarkUsed(used).ok()) standing_.GiveBackUsed(used);
  const MonoTime mono = clock_.Mono();
  if (mono - forgot_ < kForgetEvery) return;
  forgot_ = mono;
  // A clock that is ahead must not cost the registry: it is believed only as far as hosts have
  // agreed with it, by using what they were given.
  const auto newest = registry_->NewestUsed();
  if (!newest.ok()) return;
  const WallTime now = std::min(clock_.Now(), *newest + options_.certificate_life);
  EndUnrenewable(now);
  const auto gone = registry_->Forget(now - options_.renew_expired - kRemembered, now);
  if (!gone.ok()) return;
  for (const std::string& serial : *gone) standing_.Forget(serial);
  if (const auto tokens = registry_->Tokens(); tokens.ok()) tally_.SetTokens(*tokens);
}

// A stream outlives the certificate that it began with; it must not outlive every right to another.
void Joining::EndUnrenewable(WallTime now) {
  for (const HostId& host : tally_.EndedBefore(now - options_.renew_expired)) {
    const auto held = registry_->CertificatesOf(host);
    if (!held.ok()) return;
    for (const StoredCertificate& each : *held) {
      if (!IsRevoked(each)) standing_.Forget(each.serial);
    }
    tally_.Forget(host);
    ended_.emplace_back(
        host,
        "your certificate ended, and no newer one has come for so long that it "
        "cannot be renewed any more; join anew with a token: faultline token create");
  }
}

}  // namespace faultline::security
