// The certificate check on real files with real certificates.
#include <filesystem>

#include "tests/agent/checks/check_testing.h"
#include "tests/agent/link/certificates.h"

namespace faultline::checks {
namespace {

constexpr int64_t kDay = 86'400;

class CertificateCheckTest : public CheckTest {
 protected:
  // A certificate whose life began two hours ago and that lasts `days` more.
  std::string Pem(double days) const {
    return authority_
        .Issue("DNS:app.example", static_cast<int64_t>(days * static_cast<double>(kDay)))
        .certificate;
  }
  std::string WriteCertificate(double days, const std::string& name = "site.pem") {
    WriteFile(directory_ / name, Pem(days));
    return directory_ / name;
  }

  const testing_certificates::Authority authority_;
};

TEST_F(CertificateCheckTest, AFreshNinetyDayCertificateIsWell) {
  Start(Config("certificate", WriteCertificate(90)));
  EXPECT_TRUE(UntilSaw(State::kOk, "")) << Last();
}

// As `openssl req -x509 -days 90` makes it.
TEST_F(CertificateCheckTest, OneForNinetyDaysThatSignsItselfAndWasMadeNowIsWell) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 90 * kDay);
  X509_set_pubkey(certificate, key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("app.example"), -1, -1, 0);
  X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
  X509_sign(certificate, key, EVP_sha256());
  FILE* file = fopen((directory_ / "own.pem").c_str(), "w");
  PEM_write_X509(file, certificate);
  fclose(file);
  X509_free(certificate);
  EVP_PKEY_free(key);
  Start(Config("certificate", directory_ / "own.pem"));
  ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  EXPECT_NE(sink_.seen.back().detail.find("the certificate of app.example is valid until 20"),
            std::string::npos)
      << Last();
}

TEST_F(CertificateCheckTest, AFileThatMayNotBeReadIsUnknownAndSaysHowToAllowIt) {
  const std::string path = WriteCertificate(90);
  std::filesystem::permissions(path, std::filesystem::perms::none);
  const WithoutCapabilities plain;
  Start(Config("certificate", path));
  ASSERT_TRUE(UntilSaw(State::kUnknown, "RIGHT_MISSING")) << Last();
  EXPECT_NE(sink_.seen.back().detail.find("setfacl"), std::string::npos) << Last();
}

TEST_F(CertificateCheckTest, OneThatSignsItselfIsWellUnlessAChainIsAskedFor) {
  WriteFile(directory_ / "own.pem", authority_.pem());
  config::CheckConfig config = Config("certificate", directory_ / "own.pem");
  SetOption(&config, "warn", {"5m"});
  SetOption(&config, "critical", {"1m"});
  Start(config);
  EXPECT_TRUE(UntilSaw(State::kOk, "")) << Last();
  check_.reset();
  SetOption(&config, "require_chain", {"true"});
  Start(config);
  EXPECT_TRUE(UntilSaw(State::kWarning, "SELF_SIGNED")) << Last();
}

TEST_F(CertificateCheckTest, AnExpiredOneIsCritical) {
  Start(Config("certificate", WriteCertificate(-0.01)));
  EXPECT_TRUE(UntilSaw(State::kCritical, "EXPIRED")) << Last();
}

TEST_F(CertificateCheckTest, LittleLifeLeftIsAWarningAndThenCritical) {
  config::CheckConfig config = Config("certificate", WriteCertificate(20));
  SetOption(&config, "warn", {"30d"});
  Start(config);
  EXPECT_TRUE(UntilSaw(State::kWarning, "EXPIRES_SOON")) << Last();
  check_.reset();
  SetOption(&config, "critical", {"25d"});
  Start(config);
  EXPECT_TRUE(UntilSaw(State::kCritical, "EXPIRES_SOON")) << Last();
}

TEST_F(CertificateCheckTest, ANameThatItDoesNotCoverIsCritical) {
  config::CheckConfig config = Config("certificate", WriteCertificate(90));
  SetOption(&config, "hostname", {"app.example", "www.example"});
  Start(config);
  ASSERT_TRUE(UntilSaw(State::kCritical, "HOSTNAME_MISMATCH")) << Last();
  EXPECT_NE(sink_.seen.back().detail.find("www.example"), std::string::npos);
}

TEST_F(CertificateCheckTest, ARenewalBySymlinkSwapIsSeenLongBeforeTheNextLook) {
  // As certbot lays it out: live/site.pem -> archive/site1.pem.
  std::filesystem::create_directories(directory_ / "archive");
  std::filesystem::create_directories(directory_ / "live");
  WriteCertificate(-0.01, "archive/site1.pem");
  const std::string link = directory_ / "live/site.pem";
  std::filesystem::create_symlink("../archive/site1.pem", link);
  Start(Config("certificate", link));
  ASSERT_TRUE(UntilSaw(State::kCritical, "EXPIRED")) << Last();
  WriteCertificate(90, "archive/site2.pem");
  std::filesystem::create_symlink("../archive/site2.pem", link + ".new");
  std::filesystem::rename(link + ".new", link);
  EXPECT_TRUE(Until([&] { return sink_.Saw(State::kOk, ""); }, Span::Seconds(10))) << Last();
}

TEST_F(CertificateCheckTest, AFileThatIsNotThereIsUnknownAndNamed) {
  Start(Config("certificate", directory_ / "none.pem"));
  ASSERT_TRUE(UntilSaw(State::kUnknown, "FILE_UNREADABLE")) << Last();
  EXPECT_NE(sink_.seen.back().detail.find("none.pem"), std::string::npos);
}

TEST_F(CertificateCheckTest, AFileWithoutACertificateIsUnknown) {
  WriteFile(directory_ / "key.pem", "-----BEGIN NOTHING-----\nAAAA\n-----END NOTHING-----\n");
  Start(Config("certificate", directory_ / "key.pem"));
  EXPECT_TRUE(UntilSaw(State::kUnknown, "NOT_A_CERTIFICATE")) << Last();
}

TEST_F(CertificateCheckTest, ARelativePathIsRefusedWithTheFix) {
  EXPECT_NE(ConfigError(Config("certificate", "site.pem")).find("absolute path"),
            std::string::npos);
}

}  // namespace
}  // namespace faultline::checks
