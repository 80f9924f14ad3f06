#include "collector/security/authority.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <future>

#include "common/tls/certificate.h"
#include "tests/collector/security/host_key.h"
#include "tests/fakes/temp_directory.h"

namespace faultline::security {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// Truly now: OpenSSL verifies by the machine's clock.
WallTime Now() { return SystemClock().Now(); }

unsigned ModeOf(const std::string& path) {
  struct stat info {};
  EXPECT_EQ(stat(path.c_str(), &info), 0) << path;
  return info.st_mode & 07777U;
}

class AuthorityTest : public testing::Test {
 protected:
  std::unique_ptr<Authority> Open() {
    auto authority = Authority::OpenOrMake(directory_, Now());
    EXPECT_TRUE(authority.ok()) << authority.status();
    return authority.ok() ? *std::move(authority) : nullptr;
  }
  std::string Error() {
    const auto authority = Authority::OpenOrMake(directory_, Now());
    EXPECT_FALSE(authority.ok());
    EXPECT_THAT(std::string(authority.status().message()), HasSubstr("authority.directory"));
    return std::string(authority.status().message());
  }
  static bool Verifies(const std::string& authority, X509* leaf, int purpose) {
    const tls::X509Ptr ca = ParseDer(authority);
    const std::unique_ptr<X509_STORE, tls::FreeBy<X509_STORE_free>> store(X509_STORE_new());
    X509_STORE_add_cert(store.get(), ca.get());
    const std::unique_ptr<X509_STORE_CTX, tls::FreeBy<X509_STORE_CTX_free>> context(
        X509_STORE_CTX_new());
    X509_STORE_CTX_init(context.get(), store.get(), leaf, nullptr);
    X509_STORE_CTX_set_purpose(context.get(), purpose);
    X509_VERIFY_PARAM_set_flags(X509_STORE_CTX_get0_param(context.get()), X509_V_FLAG_X509_STRICT);
    return X509_verify_cert(context.get()) == 1;
  }

  const fakes::TempDirectory temp_;
  const std::string directory_ = temp_ / "state/authority";
};

TEST_F(AuthorityTest, IsMadeOnceAndPrivate) {
  const auto made = Open();
  EXPECT_TRUE(made->is_new());
  EXPECT_EQ(ModeOf(directory_), 0700u);
  EXPECT_EQ(ModeOf(directory_ + "/ca.key"), 0600u);
  EXPECT_EQ(ModeOf(directory_ + "/ca.crt"), 0644u);
  EXPECT_FALSE(fs::exists(directory_ + ".making"));
  const auto again = Open();
  EXPECT_FALSE(again->is_new());
  EXPECT_EQ(made->der(), again->der());
  EXPECT_GT(made->not_after(), Now() + Span::Seconds(3649LL * 86'400));
}

TEST_F(AuthorityTest, IsMadeInAnEmptyDirectoryThatIsThere) {
  fs::create_directories(directory_);
  EXPECT_TRUE(Open()->is_new());
  EXPECT_EQ(ModeOf(directory_), 0700u);
}

TEST_F(AuthorityTest, ACrashWhileItIsMadeLeavesNothingThatCounts) {
  fs::create_directories(directory_ + ".making");
  std::ofstream(directory_ + ".making/ca.key") << "half a ke";
  EXPECT_TRUE(Open()->is_new());
}

TEST_F(AuthorityTest, HalfOfItIsRefusedAndNeverReplaced) {
  for (const char* lost : {"/ca.key", "/ca.crt"}) {
    fs::remove_all(directory_);
    Open();
    fs::remove(directory_ + lost);
    EXPECT_THAT(Error(), HasSubstr("put it back from a backup"));
    EXPECT_FALSE(fs::exists(directory_ + lost));
  }
  fs::remove(directory_ + "/ca.key");
  std::ofstream(directory_ + "/joining.db") << "x";
  EXPECT_THAT(Error(), HasSubstr("holds no authority"));
}

TEST_F(AuthorityTest, WhatOthersMayReadIsRefusedWithTheFix) {
  Open();
  chmod(directory_.c_str(), 0750);
  EXPECT_THAT(Error(), HasSubstr("chmod 700 " + directory_));
  chmod(directory_.c_str(), 0700);
  chmod((directory_ + "/ca.key").c_str(), 0640);
  EXPECT_THAT(Error(), HasSubstr("chmod 600 " + directory_ + "/ca.key"));
}

TEST_F(AuthorityTest, FilesThatDoNotBelongTogetherAreRefused) {
  Open();
  std::ofstream(directory_ + "/ca.key") << HostKey().Pem();
  EXPECT_THAT(Error(), HasSubstr("does not belong to ca.crt"));
  std::ofstream(directory_ + "/ca.key") << "garbage";
  EXPECT_THAT(Error(), HasSubstr("no private key"));
}

TEST_F(AuthorityTest, OneThatHasEndedIsRefused) {
  Open();
  const auto late = Authority::OpenOrMake(directory_, Now() + Span::Seconds(3651LL * 86'400));
  EXPECT_THAT(std::string(late.status().message()), HasSubstr("the authority ended at"));
}

TEST_F(AuthorityTest, AHostsCertificateSaysWhoItIsAndIsForClientsOnly) {
  const auto authority = Open();
  const HostKey key;
  const auto issued = authority->IssueHost(key.get(), {{{"shop", "prod"}, "db-1"}, "db"}, Now(),
                                           Span::Seconds(3600));
  ASSERT_TRUE(issued.ok()) << issued.status();
  const tls::X509Ptr certificate = ParseDer(issued->der);
  EXPECT_THAT(tls::UriNames(certificate.get()),
              testing::ElementsAre("faultline://shop/db-1?env=prod&role=db"));
  EXPECT_TRUE(Verifies(authority->der(), certificate.get(), X509_PURPOSE_SSL_CLIENT));
  EXPECT_FALSE(Verifies(authority->der(), certificate.get(), X509_PURPOSE_SSL_SERVER));
  EXPECT_EQ(issued->validity.not_after - issued->validity.not_before, Span::Seconds(3600));
  EXPECT_LE(issued->validity.not_before, Now());
  EXPECT_EQ(issued->serial.size(), 32u);
  const auto another = authority->IssueHost(key.get(), {{{"shop", "prod"}, "db-1"}, "db"}, Now(),
                                            Span::Seconds(3600));
  EXPECT_NE(issued->serial, another->serial);
}

TEST_F(AuthorityTest, NothingIsMadeByAClockThatIsCertainlyWrong) {
  const WallTime epoch{};
  const auto refused = Authority::OpenOrMake(directory_, epoch);
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("this machine's clock says 1970"));
  EXPECT_FALSE(fs::exists(directory_));
  const auto authority = Open();
  const HostIdentity db{{{"shop", "prod"}, "db-1"}, "db"};
  const HostKey key;
  for (const WallTime wrong : {epoch, authority->not_after()}) {
    const auto issued = authority->IssueHost(key.get(), db, wrong, Span::Seconds(3600));
    EXPECT_TRUE(absl::IsFailedPrecondition(issued.status())) << issued.status();
  }
}

TEST_F(AuthorityTest, OneThatWasMadeByAClockThatIsAheadIsGoodNow) {
  const auto made = Authority::OpenOrMake(directory_, Now() + Span::Seconds(1000LL * 86'400));
  ASSERT_TRUE(made.ok()) << made.status();
  const auto server = (*made)->IssueServer();
  const tls::X509Ptr certificate(
      PEM_read_bio_X509(tls::ReadOnly(server->certificate).get(), nullptr, nullptr, nullptr));
  EXPECT_TRUE(Verifies((*made)->der(), certificate.get(), X509_PURPOSE_SSL_SERVER));
  // A server's start with a wrong clock leaves nothing either: it is good from the beginning.
  EXPECT_EQ(ValidityOf(certificate.get()).not_before,
            ValidityOf(ParseDer((*made)->der()).get()).not_before);
}

TEST_F(AuthorityTest, TwoThatStartAtOnceHaveTheSameOne) {
  for (int round = 0; round < 10; ++round) {
    fs::remove_all(directory_);
    std::vector<std::future<std::string>> made;
    for (int i = 0; i < 4; ++i) {
      made.push_back(std::async(std::launch::async, [this] {
        const auto authority = Authority::OpenOrMake(directory_, Now());
        return authority.ok() ? (*authority)->der() : std::string(authority.status().message());
      }));
    }
    const std::string first = made[0].get();
    for (int i = 1; i < 4; ++i) EXPECT_EQ(made[i].get(), first);
    EXPECT_EQ(Open()->der(), first);
  }
}

TEST_F(AuthorityTest, AnEmptyMountPointIsRefusedWithTheFix) {
  if (unshare(CLONE_NEWNS) != 0) GTEST_SKIP() << "no mount namespace";
  ASSERT_EQ(mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
  fs::create_directories(directory_);
  ASSERT_EQ(mount("faultline-test", directory_.c_str(), "tmpfs", 0, ""), 0);
  EXPECT_THAT(Error(), HasSubstr("name a directory in it: " + directory_ + "/authority"));
  umount2(directory_.c_str(), MNT_DETACH);
}

TEST_F(AuthorityTest, NoCertificateOutlivesTheAuthority) {
  const auto authority = Open();
  const auto issued = authority->IssueHost(HostKey().get(), {{{"shop", "prod"}, "db-1"}, "db"},
                                           Now(), Span::Seconds(4000LL * 86'400));
  EXPECT_EQ(issued->validity.not_after, authority->not_after());
}

TEST_F(AuthorityTest, TheCollectorsOwnCertificateIsForServersAndNamedAsAgentsExpect) {
  const auto authority = Open();
  const auto server = authority->IssueServer();
  ASSERT_TRUE(server.ok()) << server.status();
  const tls::X509Ptr certificate(
      PEM_read_bio_X509(tls::ReadOnly(server->certificate).get(), nullptr, nullptr, nullptr));
  EXPECT_TRUE(Verifies(authority->der(), certificate.get(), X509_PURPOSE_SSL_SERVER));
  EXPECT_FALSE(Verifies(authority->der(), certificate.get(), X509_PURPOSE_SSL_CLIENT));
  for (const char* name : {"faultline-collector", "localhost"}) {
    EXPECT_EQ(X509_check_host(certificate.get(), name, 0, 0, nullptr), 1) << name;
  }
  for (const char* address : {"127.0.0.1", "::1"}) {
    EXPECT_EQ(X509_check_ip_asc(certificate.get(), address, 0), 1) << address;
  }
  EXPECT_EQ(ValidityOf(certificate.get()).not_after, authority->not_after());
  EXPECT_NE(server->key, authority->IssueServer()->key);
}

}  // namespace
}  // namespace faultline::security
