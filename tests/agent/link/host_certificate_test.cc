// Which answers of a collector are believed.
#include "agent/link/host_certificate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/link/identity.h"
#include "tests/agent/link/fake_authority.h"

namespace faultline::link {
namespace {

using ::testing::HasSubstr;

class AnswerTest : public ::testing::Test {
 protected:
  AnswerTest() : now_(SystemClock().Now()) { answer_ = Answer(kName); }

  faultline::v1::Certificate Answer(const std::string& names,
                                    const std::string& usage = "clientAuth") {
    faultline::v1::Certificate answer;
    answer.add_chain(authority_.Sign(PublicKey(), names, now_ - Span::Seconds(60),
                                     now_ + Span::Seconds(3600), usage));
    answer.add_authorities(authority_.der());
    return answer;
  }
  EVP_PKEY* PublicKey() {
    const std::string der = *key_.MakeRequest();
    const auto* at = reinterpret_cast<const unsigned char*>(der.data());
    request_.reset(d2i_X509_REQ(nullptr, &at, static_cast<long>(der.size())));
    return X509_REQ_get0_pubkey(request_.get());
  }
  absl::Status Judge(const faultline::v1::Certificate& answer) {
    auto key = HostKey::FromPem(key_.ToPem().value());
    return IdentityFromAnswer(answer, *std::move(key), "db-1", authority_.pem(), now_).status();
  }

  static constexpr char kName[] = "URI:faultline://shop/db-1?env=prod&role=db";
  struct FreeRequest {
    void operator()(X509_REQ* request) const { X509_REQ_free(request); }
  };
  WallTime now_;
  FakeAuthority authority_;
  FakeAuthority other_;
  HostKey key_ = *HostKey::Make();
  std::unique_ptr<X509_REQ, FreeRequest> request_;
  faultline::v1::Certificate answer_;
};

TEST_F(AnswerTest, IsBelievedWhenAllIsRight) { EXPECT_TRUE(Judge(answer_).ok()); }

TEST_F(AnswerTest, MustHoldACertificateAndItsAuthority) {
  answer_.clear_chain();
  EXPECT_THAT(Judge(answer_).message(), HasSubstr("lacks the certificate"));
  answer_ = Answer(kName);
  answer_.clear_authorities();
  EXPECT_THAT(Judge(answer_).message(), HasSubstr("not among the answer's authorities"));
  answer_ = Answer(kName);
  *answer_.mutable_chain(0) += "x";
  EXPECT_THAT(Judge(answer_).message(), HasSubstr("hold something that is no certificate"));
  answer_ = Answer(kName);
  for (int i = 0; i < 20; ++i) answer_.add_authorities(authority_.der());
  EXPECT_THAT(Judge(answer_).message(), HasSubstr("too many"));
}

TEST_F(AnswerTest, MustBeOfOurKey) {
  key_ = *HostKey::Make();
  EXPECT_THAT(Judge(answer_).message(), HasSubstr("is not of our key"));
}

TEST_F(AnswerTest, MustBeSignedByTheAuthorityThatProvedItself) {
  answer_.set_chain(0, other_.Sign(PublicKey(), kName, now_, now_ + Span::Seconds(60)));
  answer_.add_authorities(other_.der());
  EXPECT_THAT(Judge(answer_).message(), HasSubstr("not of the proven authority"));
}

TEST_F(AnswerTest, MustCarryOneIdentityOfThisHostForAClient) {
  EXPECT_THAT(Judge(Answer("DNS:db-1")).message(), HasSubstr("no faultline:// identity"));
  EXPECT_THAT(Judge(Answer("URI:faultline://shop/db-1,URI:faultline://shop/db-2")).message(),
              HasSubstr("more than one identity"));
  EXPECT_THAT(Judge(Answer("URI:faultline://shop/db-2")).message(),
              HasSubstr("is of host \"db-2\", and this host is \"db-1\""));
  EXPECT_FALSE(Judge(Answer(kName, "serverAuth")).ok());
}

TEST_F(AnswerTest, AsksForTheClockWhenTheDatesAreWrong) {
  now_ = now_ - Span::Seconds(3600);
  EXPECT_TRUE(absl::IsUnavailable(Judge(answer_)));
  EXPECT_THAT(Judge(answer_).message(), HasSubstr("begins at"));
  EXPECT_THAT(Judge(answer_).message(), HasSubstr("is the clock right (timedatectl)?"));
  now_ = now_ + Span::Seconds(10'000);
  EXPECT_TRUE(absl::IsUnavailable(Judge(answer_)));
  EXPECT_THAT(Judge(answer_).message(), HasSubstr("ended at"));
}

TEST_F(AnswerTest, AHostsCertificateIsNoAuthority) {
  const auto leaf = ParseDer(answer_.chain(0));
  EXPECT_TRUE(absl::IsInvalidArgument(CheckAuthority(leaf->get(), now_)));
  EXPECT_TRUE(CheckAuthority(authority_.certificate(), now_).ok());
}

TEST(FingerprintTest, IsThatOfOpenssl) {
  const auto certificates = ParsePem(
      "-----BEGIN CERTIFICATE-----\n"
      "MIIBhTCCASugAwIBAgIUZ4Oau1ZtDkgU34jpFQ42d9RsXcQwCgYIKoZIzj0EAwIw\n"
      "FzEVMBMGA1UEAwwMYW4gYXV0aG9yaXR5MCAXDTI2MTEyNTIxMDM1NloYDzIxMjYx\n"
      "MTAxMjEwMzU2WjAXMRUwEwYDVQQDDAxhbiBhdXRob3JpdHkwWTATBgcqhkjOPQIB\n"
      "BggqhkjOPQMBBwNCAATVC0Mcq2EfdBKhNCumFNjNQGVJ87YB+3AJRj3jBH/UtBlQ\n"
      "fVe+cMll/6d69FdVRO3QeTlON4KwctZkpbMHGTpqo1MwUTAdBgNVHQ4EFgQUFR2n\n"
      "sFFb2qiE0cXLcJB8YR/n0HgwHwYDVR0jBBgwFoAUFR2nsFFb2qiE0cXLcJB8YR/n\n"
      "0HgwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiEA5N/s4TjdLiCW\n"
      "auiD3csQqn0seXUOYJjqWRQa2FVseO0CIB4d/ka/IxZhwZzMXYgufnFgKXYTbJy5\n"
      "//aEWJzibeFK\n"
      "-----END CERTIFICATE-----\n");
  ASSERT_TRUE(certificates.ok()) << certificates.status();
  // openssl x509 -noout -fingerprint -sha256
  EXPECT_EQ(Fingerprint(certificates->front().get()),
            "9E:C6:8D:7B:3F:28:B6:F7:4C:79:2F:65:63:8B:DA:4B:CE:FC:3B:EF:2C:5C:4E:B1:7B:BC:91:B2:"
            "87:4A:E5:D1");
}

TEST(HostKeyTest, TakesOnlyAnUnencryptedP256Key) {
  EXPECT_FALSE(HostKey::FromPem("").ok());
  EXPECT_FALSE(HostKey::FromPem("-----BEGIN PRIVATE KEY-----\n").ok());
  EVP_PKEY* other = EVP_EC_gen("P-384");
  BIO* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(bio, other, nullptr, nullptr, 0, nullptr, nullptr);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  EXPECT_THAT(HostKey::FromPem({data, static_cast<size_t>(size)}).status().message(),
              HasSubstr("not ECDSA P-256"));
  BIO_free(bio);
  EVP_PKEY_free(other);
}

}  // namespace
}  // namespace faultline::link
