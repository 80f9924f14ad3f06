#include "collector/security/joining.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "collector/security/digest.h"
#include "common/log.h"
#include "common/text.h"

namespace faultline::security {
namespace {

constexpr int64_t kMaxUses = 10'000;
constexpr Span kLeastTtl = Span::Seconds(60);
constexpr Span kMostTtl = Span::Seconds(365 * 86'400);
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
  if (spec.roles.empty()) return wrong("roles", absl::StrCat("name at least one of ", known));
  for (auto role = spec.roles.begin(); role != spec.roles.end(); ++role) {
    if (std::count(HostRoles().begin(), HostRoles().end(), *role) == 0) {
      return wrong("roles", absl::StrCat(quoted(*role), " is none of ", known));
    }
    if (std::count(spec.roles.begin(), role, *role) > 0) {
      return wrong("roles", absl::StrCat(*role, " stands there twice"));
    }
  }
  if (spec.uses < 1 || spec.uses > kMaxUses) {
    return wrong("uses", absl::StrCat(spec.uses, " is not from 1 to ", kMaxUses));
  }
  if (spec.ttl < kLeastTtl || spec.ttl > kMostTtl) {
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
  return absl::StrCat(token.id, " for role ", absl::StrJoin(token.roles, ", "), " of ",
                      token.stack.ToString(), ", ", token.uses, token.uses == 1 ? " use" : " uses",
                      ", until ", FormatRfc3339(token.expires_at),
                      token.replace ? ", may replace silent hosts" : "");
}

bool IsActive(const StoredToken& token, WallTime now) {
  return token.revoked_at.ns == 0 && token.expires_at > now && token.used < token.uses;
}

}  // namespace

Joining::Joining(JoiningOptions options, std::unique_ptr<Authority> authority,
                 std::unique_ptr<Registry> registry, const pipeline::LiveHosts& live,
                 const Clock& clock)
    : options_(std::move(options)),
      authority_(std::move(authority)),
      live_(live),
      clock_(clock),
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
  const absl::Status forgotten = registry_->Forget(now - options_.renew_expired - kRemembered);
  if (!forgotten.ok()) return forgotten;
  const auto all = registry_->AllCertificates();
  if (!all.ok()) return all.status();
  for (const StoredCertificate& each : *all) {  // the newest first
    known_[each.serial] = each.not_after;
    standing_.Add(each.serial, each.used);
    if (each.revoked_at.ns != 0) {
      standing_.Revoke(each.serial, each.revoked_why);
    } else {
      ends_.emplace(each.identity.id, each.not_after);
    }
  }
  LogInfo(absl::StrCat("authority ", options_.directory, authority_->is_new() ? ": made," : ":",
                       " good until ", FormatRfc3339(authority_->not_after()), ", ", ends_.size(),
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
  LogNotice(absl::StrCat("audit: ", who, " revoked the token ", Describe(revoked)));
  return revoked;
}

absl::StatusOr<RevokedHost> Joining::RevokeHost(const std::string& stack, const std::string& env,
                                                const std::string& host, const std::string& who) {
  RevokedHost outcome;
  std::vector<std::string> serials;
  const WallTime now = clock_.Now();
  const std::string why = absl::StrCat("by an operator at ", FormatRfc3339(now));
  {
    MutexLock lock(mutex_);
    const auto held = registry_->CertificatesOf(stack, host);
    if (!held.ok()) return held.status();
    std::set<std::string> envs, tokens;
    for (const StoredCertificate& each : *held) {
      if (each.revoked_at.ns != 0 || (!env.empty() && each.identity.id.stack.env != env)) continue;
      envs.insert(each.identity.id.stack.env);
      outcome.host = each.identity.id;
      serials.push_back(each.serial);
      tokens.insert(each.token);
    }
    const std::string name = CleanText(absl::StrCat(stack, "/", host), 140);
    if (serials.empty()) {
      return absl::NotFoundError(absl::StrCat(
          name, env.empty() ? "" : " in " + CleanText(env, 64),
          " holds no certificate of this collector that still stands; see: faultline host list"));
    }
    if (envs.size() > 1) {
      return absl::InvalidArgumentError(absl::StrCat("env: ", name, " is in several environments (",
                                                     absl::StrJoin(envs, ", "), "); say which"));
    }
    const absl::Status written = registry_->RevokeCertificates(serials, why, now);
    if (!written.ok()) return written;
    for (const std::string& serial : serials) standing_.Revoke(serial, why);
    ends_.erase(outcome.host);
    for (const std::string& id : tokens) {
      const auto token = registry_->FindToken(id);
      if (token.ok() && *token && IsActive(**token, now)) outcome.open_tokens.push_back(id);
    }
    outcome.certificates = serials.size();
    LogNotice(absl::StrCat("audit: ", who, " revoked the host ", name, " of ",
                           outcome.host.stack.ToString(), ", ", serials.size(), " certificates"));
  }
  TellRevoked(serials, why);
  return outcome;
}

std::map<HostId, WallTime> Joining::CertificateEnds() {
  MutexLock lock(mutex_);
  return ends_;
}

JoiningNumbers Joining::Numbers() {
  JoiningNumbers numbers;
  numbers.authority_end = authority_->not_after();
  MutexLock lock(mutex_);
  numbers.outcomes = outcomes_;
  for (const auto& [host, end] : ends_) {
    if (!live_.IsLive(host)) continue;
    if (numbers.nearest_end.ns == 0 || end < numbers.nearest_end) numbers.nearest_end = end;
  }
  const WallTime now = clock_.Now();
  if (const auto tokens = registry_->Tokens(); tokens.ok()) {
    numbers.active_tokens = static_cast<uint64_t>(
        std::count_if(tokens->begin(), tokens->end(),
                      [&](const StoredToken& token) { return IsActive(token, now); }));
  }
  return numbers;
}

void Joining::set_on_revoked(
    std::function<void(const std::vector<std::string>&, const std::string&)> listener) {
  MutexLock lock(listener_mutex_);
  on_revoked_ = std::move(listener);
}

void Joining::TellRevoked(const std::vector<std::string>& serials, const std::string& why) {
  MutexLock lock(listener_mutex_);
  if (on_revoked_ && !serials.empty()) on_revoked_(serials, why);
}

// What costs a write and is nobody's wish: rarely, and its failure is no one's failure.
void Joining::Housekeeping() {
  if (const std::vector<std::string> used = standing_.TakeUsed(); !used.empty()) {
    (void)registry_->MarkUsed(used);
  }
  const MonoTime mono = clock_.Mono();
  if (mono - forgot_ < kForgetEvery) return;
  forgot_ = mono;
  const WallTime before = clock_.Now() - options_.renew_expired - kRemembered;
  if (!registry_->Forget(before).ok()) return;
  std::erase_if(known_, [&](const auto& entry) {
    if (entry.second >= before) return false;
    standing_.Forget(entry.first);
    return true;
  });
  std::erase_if(ends_, [&](const auto& entry) { return entry.second < before; });
}

}  // namespace faultline::security
