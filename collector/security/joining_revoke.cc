// The revocation of hosts.
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "collector/security/joining.h"
#include "common/log.h"
#include "common/text.h"

namespace faultline::security {
namespace {

// What a revocation of one host takes.
struct Held {
  std::vector<std::string> serials;
  std::set<std::string> tokens;
  size_t standing = 0;
};

// By environment. Certificates that a takeover revoked are among them: the token of the machine
// before must not bring that one back either.
std::map<std::string, Held> Gather(const std::vector<StoredCertificate>& all,
                                   const std::string& env) {
  std::map<std::string, Held> held;
  for (const StoredCertificate& each : all) {
    const std::string& its_env = each.identity.id.stack.env;
    if ((!env.empty() && its_env != env) || (each.revoked_at.ns != 0 && !each.taken_over)) continue;
    Held& of_host = held[its_env];
    of_host.serials.push_back(each.serial);
    of_host.tokens.insert(each.token);
    if (each.revoked_at.ns == 0) ++of_host.standing;
  }
  return held;
}

}  // namespace

absl::StatusOr<RevokedHost> Joining::RevokeHost(const std::string& stack, const std::string& env,
                                                const std::string& host, const std::string& who) {
  RevokedHost outcome;
  Held held;
  const WallTime now = clock_.Now();
  const std::string why = absl::StrCat("by an operator at ", FormatRfc3339(now));
  const std::string name = CleanText(absl::StrCat(stack, "/", host), 140);
  {
    MutexLock lock(mutex_);
    const auto all = registry_->CertificatesOf(stack, host);
    if (!all.ok()) return all.status();
    const std::map<std::string, Held> by_env = Gather(*all, env);
    if (by_env.empty()) {
      return absl::NotFoundError(absl::StrCat(
          name, env.empty() ? "" : " in " + CleanText(env, 64),
          " holds no certificate of this collector that still stands; see: faultline host list"));
    }
    if (by_env.size() > 1) {
      const auto env_of = [](std::string* out, const auto& entry) { out->append(entry.first); };
      return absl::InvalidArgumentError(absl::StrCat("env: ", name, " is in several environments (",
                                                     absl::StrJoin(by_env, ", ", env_of),
                                                     "); say which"));
    }
    held = by_env.begin()->second;
    outcome.host = {{stack, by_env.begin()->first}, host};
    outcome.certificates = held.standing;
    for (const std::string& serial : held.serials) standing_.Revoke(serial, why);
    tally_.Forget(outcome.host);
    ended_.emplace_back(outcome.host, absl::StrCat("your certificate was revoked: ", why));
  }
  // Before the disk: one that is full or slow must not keep the host in.
  TellEnded();
  MutexLock lock(mutex_);
  const absl::Status written = registry_->RevokeCertificates(held.serials, why, now);
  if (!written.ok()) {
    LogError(absl::StrCat("audit: ", who, " revoked the host ", name, " of ",
                          outcome.host.stack.ToString(),
                          ", which could not be written down: ", std::string(written.message())));
    return absl::UnavailableError(absl::StrCat(
        name,
        " is cut off, but that could not be written down, so that the next start of the "
        "collector would let it in again: repeat this when the cause is mended (",
        std::string(written.message()), ")"));
  }
  // It is done; what can only be said of tokens must not make it a failure.
  if (const auto tokens = registry_->Tokens(); tokens.ok()) {
    for (const StoredToken& token : *tokens) {
      if (!token.IsActive(now) || !(token.stack == outcome.host.stack)) continue;
      const bool was_its = held.tokens.count(token.id) > 0;
      (was_its ? outcome.open_tokens : outcome.readmitting_tokens).push_back(token.id);
    }
  }
  LogNotice(absl::StrCat("audit: ", who, " revoked the host ", name, " of ",
                         outcome.host.stack.ToString(), ", ", held.standing, " certificates; ",
                         outcome.readmitting_tokens.size(), " tokens let its name in again"));
  return outcome;
}

}  // namespace faultline::security
