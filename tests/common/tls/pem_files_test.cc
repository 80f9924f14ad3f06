// What is said of certificate files before anything is done with them.
#include "common/tls/pem_files.h"
#include "common/tls/certificate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/agent/link/certificates.h"
#include "tests/fakes/temp_directory.h"

namespace faultline::tls {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;
using testing_certificates::Authority;
using testing_certificates::Issued;
using testing_certificates::WriteFile;

class PemFilesTest : public testing::Test {
 protected:
  void SetUp() override { Use(authority_.Issue(testing_certificates::kAgentName)); }
  void Use(const Issued& issued) {
    const auto files =
        testing_certificates::WriteFiles(directory_.path(), "db-1", authority_.pem(), issued);
    paths_ = {files.ca, files.certificate, files.key};
  }
  std::string Error() const {
    return std::string(LoadPemFiles(paths_, "the agent's user").status().message());
  }
  absl::StatusCode Code() const { return LoadPemFiles(paths_, "the agent's user").status().code(); }

  const Authority authority_;
  const fakes::TempDirectory directory_;
  PemPaths paths_;
};

TEST_F(PemFilesTest, FilesThatFitAreReadWhole) {
  const Issued issued = authority_.Issue(testing_certificates::kAgentName);
  Use(issued);
  const auto files = LoadPemFiles(paths_, "the agent's user");
  ASSERT_TRUE(files.ok()) << files.status();
  EXPECT_EQ(files->ca, authority_.pem());
  EXPECT_EQ(files->certificate, issued.certificate);
  EXPECT_EQ(files->key, issued.key);
  EXPECT_THAT(UriNames(files->leaf.get()), ElementsAre("faultline://shop/db-1?env=prod&role=db"));
}

TEST_F(PemFilesTest, TheFirstCertificateOfAChainIsTheOneThatSpeaks) {
  const Issued issued = authority_.Issue(testing_certificates::kAgentName);
  Use({issued.certificate + authority_.pem(), issued.key});
  const auto files = LoadPemFiles(paths_, "the agent's user");
  ASSERT_TRUE(files.ok()) << files.status();
  EXPECT_THAT(UriNames(files->leaf.get()), testing::SizeIs(1));
}

TEST_F(PemFilesTest, ACertificateWithoutUriNamesHasNone) {
  Use(authority_.Issue("DNS:db-1"));
  EXPECT_THAT(UriNames(LoadPemFiles(paths_, "the agent's user")->leaf.get()), IsEmpty());
  Use(authority_.Issue(""));
  EXPECT_THAT(UriNames(LoadPemFiles(paths_, "the agent's user")->leaf.get()), IsEmpty());
}

TEST_F(PemFilesTest, AFileThatIsMissingIsNamedWithItsFieldAndTheFix) {
  const struct {
    const char* field;
    std::string& path;
  } cases[] = {
      {"tls.ca", paths_.ca}, {"tls.certificate", paths_.certificate}, {"tls.key", paths_.key}};
  for (const auto& gone : cases) {
    const std::string before = gone.path;
    gone.path = directory_ / "none";
    EXPECT_THAT(Error(), AllOf(StartsWith(gone.field), HasSubstr(gone.path),
                               EndsWith("put the certificates there")));
    EXPECT_EQ(Code(), absl::StatusCode::kNotFound);
    gone.path = before;
  }
}

TEST_F(PemFilesTest, AFileThatMayNotBeReadIsNamedWithWhoNeedsTheRight) {
  std::filesystem::permissions(paths_.key, std::filesystem::perms::none);
  if (std::ifstream(paths_.key).good()) GTEST_SKIP() << "this user may read everything";
  EXPECT_THAT(Error(), AllOf(StartsWith("tls.key: cannot open " + paths_.key),
                             HasSubstr("let the agent's user read it")));
  EXPECT_EQ(Code(), absl::StatusCode::kPermissionDenied);
}

TEST_F(PemFilesTest, AFileThatHoldsSomethingElseIsNamedWithWhatIsMissing) {
  const struct {
    const char* field;
    const std::string& path;
    const char* what;
  } cases[] = {{"tls.ca: ", paths_.ca, "holds no certificate"},
               {"tls.certificate: ", paths_.certificate, "holds no certificate"},
               {"tls.key: ", paths_.key, "holds no private key"}};
  for (const auto& wrong : cases) {
    Use(authority_.Issue(testing_certificates::kAgentName));
    for (const char* text : {"", "not a PEM file", "-----BEGIN CERTIFICATE-----\nAAAA\n"}) {
      WriteFile(wrong.path, text);
      EXPECT_THAT(Error(), AllOf(StartsWith(wrong.field + wrong.path), HasSubstr(wrong.what)));
    }
  }
}

TEST_F(PemFilesTest, ADirectoryInAFilesPlaceIsNoPemFile) {
  paths_.ca = directory_.path();
  EXPECT_THAT(Error(), AllOf(StartsWith("tls.ca: " + paths_.ca), HasSubstr("no PEM file")));
}

TEST_F(PemFilesTest, AFileWithoutAnEndIsNotReadToItsEnd) {
  paths_.certificate = "/dev/zero";
  EXPECT_THAT(Error(), StartsWith("tls.certificate: /dev/zero cannot be read"));
}

TEST_F(PemFilesTest, AKeyWithAPasswordIsRefusedAndNobodyIsAsked) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  BIO* bio = BIO_new_file(paths_.key.c_str(), "w");
  unsigned char password[] = "secret";
  PEM_write_bio_PrivateKey(bio, key, EVP_aes_256_cbc(), password, 6, nullptr, nullptr);
  BIO_free(bio);
  EVP_PKEY_free(key);
  EXPECT_THAT(Error(), AllOf(StartsWith("tls.key: " + paths_.key), HasSubstr("without a password"),
                             Not(HasSubstr("secret"))));
}

TEST_F(PemFilesTest, TheKeyOfAnotherCertificateIsNamedWithBoth) {
  WriteFile(paths_.key, authority_.Issue(testing_certificates::kAgentName).key);
  EXPECT_THAT(Error(), AllOf(StartsWith("tls.key: " + paths_.key), HasSubstr(paths_.certificate),
                             HasSubstr("made together")));
}

TEST_F(PemFilesTest, ACertificateThatHasExpiredIsRefused) {
  Use(authority_.Issue(testing_certificates::kAgentName, -60));
  EXPECT_THAT(Error(), AllOf(StartsWith("tls.certificate: " + paths_.certificate),
                             HasSubstr("has expired; renew it")));
}

}  // namespace
}  // namespace faultline::tls
