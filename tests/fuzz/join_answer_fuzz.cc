// What joining reads from outside: the token's file, the collector's answers, the identity on disk.
// fuzz-sources: agent/link/join_proof.cc agent/link/host_certificate.cc agent/link/identity.cc
// fuzz-sources: agent/link/host_key.cc agent/host/secret_file.cc common/tls/certificate.cc
// fuzz-sources: common/identity.cc common/join_token.cc common/text.cc common/clock.cc
// fuzz-libs: faultline_proto OpenSSL::SSL OpenSSL::Crypto
#include "agent/link/identity.h"
#include "agent/link/join_proof.h"
#include "common/tls/certificate.h"
#include "common/tls/openssl.h"
#include "tests/fuzz/fuzz_input.h"

namespace {

// Of the seed answer-believed, so that what changes in it meets every check and not only that of
// the key. It guards nothing.
constexpr char kKey[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgvC0kgJ151DUZBrTS\n"
    "OyLAcQqOtOkqIXIfBm5DemuuN5OhRANCAAS1eeGT05AZVrdEC3rTT4GPVkqm0ELa\n"
    "41zVsOvqj2+7RKoa2YM0/mjuCzMUCYeCqrAYmMBxiEcNYm71G6KKeFij\n"
    "-----END PRIVATE KEY-----\n";

}  // namespace

// The first byte says what the rest is: 0 token, 1 authority, 2 answer, 3 identity.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace faultline;
  using namespace faultline::link;
  constexpr WallTime kNow{1'800'000'000'000'000'000};
  fuzz::Taker taker(data, size);
  const uint8_t kind = taker.Byte() % 4;
  const auto rest = taker.Rest();
  const std::string text(fuzz::AsText(rest.data(), rest.size()));
  if (kind == 0) {
    const auto token = ParseJoinToken(text);
    if (token.ok()) {
      fuzz::Require(token->id.size() == 10 && token->secret.value().size() == 26,
                    "a token has the sizes of its parts");
      fuzz::Require(!IsAuthorityProof(*token, "nonce", text, text), "nothing proves itself");
    }
  } else if (kind == 1) {
    const auto authority = ParseDer(text);
    if (authority.ok()) {
      CheckAuthority(authority->get(), kNow).IgnoreError();
      fuzz::Require(ParseDer(tls::DerOf<i2d_X509>(authority->get())).ok(), "DER is read again");
      fuzz::Require(ParsePem(tls::PemOf(authority->get())).ok(), "PEM is read again");
      fuzz::Require(Fingerprint(authority->get()).size() == 95, "there is a fingerprint");
    }
  } else if (kind == 2) {
    faultline::v1::Certificate answer;
    if (answer.ParseFromString(text)) {
      const auto identity = IdentityFromAnswer(answer, *HostKey::FromPem(kKey), "db-1", "", kNow);
      if (identity.ok()) {
        fuzz::Require(identity->who.id.host == "db-1", "what is believed is of this host");
        fuzz::Require(
            identity->life.not_before <= kNow + kClockSlack && kNow < identity->life.not_after,
            "and holds now");
        fuzz::Require(ParseIdentity(FormatIdentity(*identity).value()).ok(), "and can be kept");
      } else {
        fuzz::Require(!identity.status().message().empty(), "an error says what is wrong");
      }
    }
  } else {
    const auto identity = ParseIdentity(text);
    if (identity.ok()) {
      const auto again = ParseIdentity(FormatIdentity(*identity).value());
      fuzz::Require(again.ok() && again->chain == identity->chain, "an identity is read again");
    }
  }
  return 0;
}
