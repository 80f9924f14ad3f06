#include "agent/link/identity.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/tls/certificate.h"
#include "common/tls/openssl.h"

namespace faultline::link {
namespace {

constexpr std::string_view kHead =
    "# This host's identity for Faultline; faultline-agent makes and renews it. The key is a "
    "secret.\n";
constexpr std::string_view kChain = "# The host's certificate:\n";
constexpr std::string_view kAuthorities = "# The authorities of the collector:\n";
constexpr int kMaxIdentityChain = 16;

template <typename Ders>
absl::StatusOr<std::vector<tls::X509Ptr>> ParseAll(const Ders& ders, const char* field) {
  std::vector<tls::X509Ptr> certificates;
  if (ders.size() > kMaxIdentityChain) {
    return absl::InvalidArgumentError(absl::StrCat("the answer's ", field, " are too many"));
  }
  for (const std::string& der : ders) {
    absl::StatusOr<tls::X509Ptr> certificate = ParseDer(der);
    if (!certificate.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("the answer's ", field, " hold something that is no certificate"));
    }
    certificates.push_back(*std::move(certificate));
  }
  return certificates;
}

std::string AllToPem(const std::vector<tls::X509Ptr>& certificates) {
  std::string pem;
  for (const tls::X509Ptr& certificate : certificates) pem += tls::PemOf(certificate.get());
  return pem;
}

absl::StatusOr<Identity> CompleteIdentity(HostKey key, const std::vector<tls::X509Ptr>& chain,
                                          const std::vector<tls::X509Ptr>& authorities) {
  absl::StatusOr<HostIdentity> who = IdentityOf(chain[0].get());
  if (!who.ok()) return who.status();
  const absl::StatusOr<Life> life = LifeOf(chain[0].get());
  if (!life.ok()) return life.status();
  return Identity{.key = std::move(key),
                  .chain = AllToPem(chain),
                  .authorities = AllToPem(authorities),
                  .who = *std::move(who),
                  .life = *life,
                  .leaf = tls::DerOf<i2d_X509>(chain[0].get())};
}

}  // namespace

absl::StatusOr<Identity> IdentityFromAnswer(const faultline::v1::Certificate& answer, HostKey key,
                                            const std::string& host, std::string_view proven,
                                            WallTime now) {
  auto chain = ParseAll(answer.chain(), "chain");
  if (!chain.ok()) return chain.status();
  auto authorities = ParseAll(answer.authorities(), "authorities");
  if (!authorities.ok()) return authorities.status();
  for (const tls::X509Ptr& authority : *authorities) {
    // One that is to follow may not hold yet.
    absl::Status good = CheckAuthority(authority.get(), now);
    if (!good.ok() && !absl::IsUnavailable(good)) return good;
  }
  absl::Status checked;
  if (proven.empty()) {
    checked = CheckHostCertificate(*chain, *authorities, key, host, now);
  } else {
    auto proof = ParsePem(proven);
    if (!proof.ok()) return proof.status();
    const bool is_among = std::any_of(
        authorities->begin(), authorities->end(),
        [&](const auto& each) { return X509_cmp(each.get(), proof->front().get()) == 0; });
    if (!is_among) {
      return absl::InvalidArgumentError(
          "the authority that proved itself is not among the answer's authorities");
    }
    checked = CheckHostCertificate(*chain, *proof, key, host, now);
  }
  if (!checked.ok()) return checked;
  return CompleteIdentity(std::move(key), *chain, *authorities);
}

host::Secret FormatIdentity(const Identity& identity) {
  const host::Secret key = identity.key.ToPem();
  std::string text;
  // In one allocation, so that no copy of the key stays behind.
  text.reserve(kHead.size() + kChain.size() + kAuthorities.size() + key.value().size() +
               identity.chain.size() + identity.authorities.size());
  text.append(kHead).append(key.value());
  text.append(kChain).append(identity.chain);
  text.append(kAuthorities).append(identity.authorities);
  return host::Secret(std::move(text));
}

absl::StatusOr<Identity> ParseIdentity(std::string_view text) {
  const size_t chain_at = text.find(kChain);
  const size_t authorities_at = text.find(kAuthorities);
  if (chain_at == std::string_view::npos || authorities_at == std::string_view::npos ||
      authorities_at < chain_at) {
    return absl::InvalidArgumentError("is cut off or is no identity");
  }
  auto key = HostKey::FromPem(text.substr(0, chain_at));
  if (!key.ok()) return key.status();
  const auto chain = ParsePem(text.substr(chain_at, authorities_at - chain_at));
  if (!chain.ok()) return chain.status();
  const auto authorities = ParsePem(text.substr(authorities_at));
  if (!authorities.ok()) return authorities.status();
  if (!key->BelongsTo(chain->front().get())) {
    return absl::InvalidArgumentError("holds a key that does not belong to its certificate");
  }
  if (absl::Status chained = CheckChain(*chain, *authorities); !chained.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("holds a certificate that is not of its authorities: ", chained.message()));
  }
  return CompleteIdentity(*std::move(key), *chain, *authorities);
}

}  // namespace faultline::link
