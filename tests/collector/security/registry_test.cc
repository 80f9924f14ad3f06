#include "collector/security/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/collector/security/joining_samples.h"
#include "tests/fakes/temp_directory.h"

namespace faultline::security {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

StoredToken Token(const std::string& id) {
  return {.id = id,
          .verifier = std::string("\0\x01\xff", 3),
          .proof_key = std::string("\xfe\0", 2),
          .stack = kDb1.stack,
          .roles = {"app", "db"},
          .replace = true,
          .uses = 3,
          .created_at = kNow,
          .expires_at = kNow + Span::Seconds(3600),
          .source = "operator"};
}
StoredCertificate Certificate(const std::string& serial) {
  return {.serial = serial,
          .identity = {kDb1, "db"},
          .key_digest = "d",
          .der = std::string("\x30\0\xff", 3),
          .not_before = kNow,
          .not_after = kNow + Span::Seconds(3600),
          .token = "aaaaaaaaaa",
          .instance_id = "i-0abc"};
}

IssueRecord Issue(const std::string& serial) {
  return {.certificate = Certificate(serial), .at = kNow};
}

class RegistryTest : public testing::Test {
 protected:
  RegistryTest() { Open(); }
  void Open() {
    registry_.reset();
    auto registry = Registry::Open(path_);
    ASSERT_TRUE(registry.ok()) << registry.status();
    registry_ = *std::move(registry);
  }
  bool OnFile(const std::string& sql) {
    const auto db = store::Connection::Open(path_, store::Access::kWriter);
    return db.ok() && (*db)->Execute(sql).ok();
  }
  const fakes::TempDirectory temp_;
  const std::string path_ = temp_ / "joining.db";
  std::unique_ptr<Registry> registry_;
};

TEST_F(RegistryTest, WhatWasWrittenIsThereAfterReopeningByteForByte) {
  ASSERT_TRUE(registry_->AddToken(Token("aaaaaaaaaa")).ok());
  ASSERT_TRUE(registry_->RecordIssue(Issue("01")).ok());
  Open();
  const auto token = registry_->FindToken("aaaaaaaaaa");
  ASSERT_TRUE(token.ok() && *token);
  EXPECT_EQ((*token)->verifier, std::string("\0\x01\xff", 3));
  EXPECT_EQ((*token)->proof_key, std::string("\xfe\0", 2));
  EXPECT_EQ((*token)->stack, kDb1.stack);
  EXPECT_THAT((*token)->roles, testing::ElementsAre("app", "db"));
  EXPECT_TRUE((*token)->replace);
  EXPECT_EQ((*token)->uses, 3u);
  EXPECT_EQ((*token)->used, 1u);
  EXPECT_EQ((*token)->last_used_at, kNow);
  const auto certificate = registry_->FindCertificate("01");
  ASSERT_TRUE(certificate.ok() && *certificate);
  EXPECT_EQ((*certificate)->der, std::string("\x30\0\xff", 3));
  EXPECT_EQ((*certificate)->identity.id, kDb1);
  EXPECT_EQ((*certificate)->instance_id, "i-0abc");
  EXPECT_FALSE((*certificate)->used);
  struct stat info {};
  ASSERT_EQ(stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600u);
}

TEST_F(RegistryTest, AnIssueIsWholeOrNotAtAll) {
  ASSERT_TRUE(registry_->AddToken(Token("aaaaaaaaaa")).ok());
  ASSERT_TRUE(registry_->RecordIssue(Issue("01")).ok());
  ASSERT_TRUE(registry_->RecordIssue(Issue("02")).ok());
  IssueRecord issue = Issue("03");
  issue.taken_over = {"01"};
  issue.taken_over_why = "why";
  issue.shown = "01";
  issue.replaced = {"02"};
  // Each step fails in turn, the last one too: nothing of the others may stay.
  for (const char* step : {"INSERT ON certificates", "UPDATE OF used ON tokens",
                           "UPDATE OF revoked_at ON certificates", "UPDATE OF used ON certificates",
                           "DELETE ON certificates"}) {
    ASSERT_TRUE(OnFile(std::string("CREATE TRIGGER broken BEFORE ") + step +
                       " BEGIN SELECT RAISE(ABORT, 'broken'); END"));
    EXPECT_FALSE(registry_->RecordIssue(issue).ok()) << step;
    ASSERT_TRUE(OnFile("DROP TRIGGER broken"));
    EXPECT_EQ((*registry_->FindToken("aaaaaaaaaa"))->used, 2u) << step;
    EXPECT_EQ((*registry_->FindCertificate("01"))->revoked_at.ns, 0) << step;
    EXPECT_FALSE((*registry_->FindCertificate("01"))->used) << step;
    EXPECT_TRUE(*registry_->FindCertificate("02")) << step;
    EXPECT_FALSE(*registry_->FindCertificate("03")) << step;
  }
  EXPECT_TRUE(registry_->RecordIssue(issue).ok());
  const auto old = *registry_->FindCertificate("01");
  EXPECT_EQ(old->revoked_why, "why");
  EXPECT_TRUE(old->taken_over);
  EXPECT_TRUE(old->used);
  EXPECT_FALSE(*registry_->FindCertificate("02"));
  EXPECT_EQ((*registry_->FindToken("aaaaaaaaaa"))->used, 3u);
}

TEST_F(RegistryTest, OfAHostAndTokenOnlyTheNewestCertificatesAreKept) {
  std::vector<std::string> gone;
  for (int i = 0; i < Registry::kKept + 2; ++i) {
    const auto surplus = registry_->RecordIssue(Issue("serial" + std::to_string(i)));
    ASSERT_TRUE(surplus.ok()) << surplus.status();
    gone.insert(gone.end(), surplus->begin(), surplus->end());
  }
  EXPECT_THAT(gone, testing::ElementsAre("serial0", "serial1"));
  EXPECT_THAT(*registry_->AllStates(), SizeIs(Registry::kKept));
}

TEST_F(RegistryTest, AnOperatorsRevocationGoesBeforeATakeoverAndNotTheOtherWayRound) {
  IssueRecord second = Issue("02");
  second.taken_over = {"01"};
  second.taken_over_why = "taken";
  ASSERT_TRUE(registry_->RecordIssue(Issue("01")).ok());
  ASSERT_TRUE(registry_->RecordIssue(second).ok());
  ASSERT_TRUE(registry_->RevokeCertificates({"01"}, "by an operator", kNow).ok());
  IssueRecord third = Issue("03");
  third.taken_over = {"01"};
  third.taken_over_why = "taken again";
  ASSERT_TRUE(registry_->RecordIssue(third).ok());
  EXPECT_FALSE((*registry_->FindCertificate("01"))->taken_over);
  EXPECT_EQ((*registry_->FindCertificate("01"))->revoked_why, "by an operator");
}

TEST_F(RegistryTest, WhatWasToldAsWrittenSurvivesAKill) {
  registry_.reset();
  int pipe_fds[2];
  ASSERT_EQ(pipe(pipe_fds), 0);
  const pid_t child = fork();
  if (child == 0) {
    auto registry = Registry::Open(path_);
    const bool written = registry.ok() && (*registry)->AddToken(Token("aaaaaaaaaa")).ok() &&
                         (*registry)->RecordIssue(Issue("01")).ok();
    (void)write(pipe_fds[1], written ? "y" : "n", 1);
    pause();
    _exit(0);
  }
  char said = 0;
  ASSERT_EQ(read(pipe_fds[0], &said, 1), 1);
  EXPECT_EQ(said, 'y');
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  close(pipe_fds[0]);
  close(pipe_fds[1]);
  Open();
  EXPECT_EQ((*registry_->FindToken("aaaaaaaaaa"))->used, 1u);
  EXPECT_TRUE(*registry_->FindCertificate("01"));
}

TEST_F(RegistryTest, CertificatesOfAHostComeNewestFirst) {
  for (const char* serial : {"01", "03", "02"}) {
    ASSERT_TRUE(registry_->RecordIssue(Issue(serial)).ok());
  }
  StoredCertificate staging = Certificate("04");
  staging.identity.id.stack.env = "staging";
  ASSERT_TRUE(registry_->RecordIssue({.certificate = staging, .at = kNow}).ok());
  const auto held = registry_->CertificatesOf(kDb1);
  ASSERT_THAT(*held, SizeIs(3));
  EXPECT_EQ(held->at(0).serial, "02");
  EXPECT_EQ(held->at(2).serial, "01");
  EXPECT_THAT(*registry_->CertificatesOf("shop", "db-1"), SizeIs(4));
  EXPECT_THAT(*registry_->AllStates(), SizeIs(4));
}

TEST_F(RegistryTest, ForgetsWhatEndedButNotTokensOfFiles) {
  StoredToken of_file = Token("bbbbbbbbbb");
  of_file.source = "/run/token";
  ASSERT_TRUE(registry_->AddToken(Token("aaaaaaaaaa")).ok());
  ASSERT_TRUE(registry_->AddToken(of_file).ok());
  ASSERT_TRUE(registry_->RecordIssue(Issue("01")).ok());
  ASSERT_TRUE(registry_->Forget(kNow, kNow).ok());
  EXPECT_THAT(*registry_->Tokens(), SizeIs(2));
  ASSERT_TRUE(registry_->Forget(kNow + Span::Seconds(3601), kNow + Span::Seconds(3601)).ok());
  ASSERT_THAT(*registry_->Tokens(), SizeIs(1));
  EXPECT_EQ(registry_->Tokens()->at(0).id, "bbbbbbbbbb");
  EXPECT_THAT(*registry_->AllStates(), SizeIs(0));
}

TEST_F(RegistryTest, OneCollectorAtATime) {
  const auto second = Registry::Open(path_);
  EXPECT_TRUE(absl::IsUnavailable(second.status()));
  EXPECT_THAT(std::string(second.status().message()), HasSubstr("authority.directory"));
}

}  // namespace
}  // namespace faultline::security
