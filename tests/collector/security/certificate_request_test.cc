#include "collector/security/certificate_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/collector/security/host_key.h"

namespace faultline::security {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string Error(const std::string& der) {
  const auto parsed = ParseCertificateRequest(der);
  EXPECT_TRUE(absl::IsInvalidArgument(parsed.status())) << parsed.status();
  EXPECT_THAT(std::string(parsed.status().message()), StartsWith("certificate_request: "));
  return std::string(parsed.status().message());
}

TEST(CertificateRequestTest, AKeyIsKnownByItsDigestWhateverTheRequest) {
  const HostKey key, other;
  const auto first = ParseCertificateRequest(key.Request());
  const auto again = ParseCertificateRequest(key.Request(nullptr, EVP_sha384()));
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(first->digest.size(), 64u);
  EXPECT_EQ(first->digest, again->digest);
  EXPECT_NE(first->digest, ParseCertificateRequest(other.Request())->digest);
}

TEST(CertificateRequestTest, GarbageIsRefusedWithItsReason) {
  EXPECT_THAT(Error(""), HasSubstr("is missing"));
  EXPECT_THAT(Error("garbage"), HasSubstr("not one PKCS#10"));
  EXPECT_THAT(Error(std::string(kMaxRequestBytes + 1, 'x')), HasSubstr("at most 8192"));
  const std::string whole = HostKey().Request();
  EXPECT_THAT(Error(whole + "x"), HasSubstr("not one PKCS#10"));
  EXPECT_THAT(Error(whole.substr(0, whole.size() - 1)), HasSubstr("not one PKCS#10"));
}

TEST(CertificateRequestTest, OnlyAKeyOnP256IsTaken) {
  EXPECT_THAT(Error(HostKey("P-384").Request()), HasSubstr("P-256"));
  EXPECT_THAT(Error(HostKey("secp256k1").Request()), HasSubstr("P-256"));
}

TEST(CertificateRequestTest, ItsSignatureMustBeItsOwnKeysAndNotOfSha1) {
  const HostKey key, other;
  EXPECT_THAT(Error(key.Request(&other)), HasSubstr("not signed by its own key"));
  EXPECT_THAT(Error(key.Request(nullptr, EVP_sha1())), HasSubstr("SHA-256"));
}

TEST(CertificateRequestTest, EveryFlippedByteIsNoticed) {
  const std::string whole = HostKey().Request();
  const std::string digest = ParseCertificateRequest(whole)->digest;
  for (size_t i = 0; i < whole.size(); ++i) {
    std::string flipped = whole;
    flipped[i] = static_cast<char>(flipped[i] ^ 0x41);
    const auto parsed = ParseCertificateRequest(flipped);
    EXPECT_FALSE(parsed.ok()) << "byte " << i;
  }
}

TEST(CertificateRequestTest, ASignatureIsOfOneKeyAndOneMessage) {
  const HostKey key, other;
  const std::string signature = key.Sign("message");
  EXPECT_TRUE(SignedBy(key.get(), "message", signature));
  EXPECT_FALSE(SignedBy(key.get(), "another", signature));
  EXPECT_FALSE(SignedBy(other.get(), "message", signature));
  EXPECT_FALSE(SignedBy(key.get(), "message", ""));
  EXPECT_FALSE(SignedBy(key.get(), "message", "garbage"));
}

}  // namespace
}  // namespace faultline::security
