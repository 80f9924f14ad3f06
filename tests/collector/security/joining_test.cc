#include "collector/security/joining.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <future>

#include "collector/security/digest.h"
#include "common/tls/certificate.h"
#include "tests/collector/security/joining_testing.h"

namespace faultline::security {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

using JoiningTest = JoiningFixture;

TEST_F(JoiningTest, OnlyAHolderOfTheTokenCanCheckAndMakeTheProof) {
  const std::string token = Token();
  const std::string nonce = RandomBytes(32);
  const auto proof = joining_->Prove(token.substr(5, 10), nonce, kPeer);
  ASSERT_TRUE(proof.ok()) << proof.status();
  EXPECT_EQ(proof->authority, joining_->authority().der());
  const std::string key = ProofKey(*ParseJoinToken(token));
  EXPECT_EQ(proof->proof, AuthorityProof(key, nonce, proof->authority));
  EXPECT_NE(proof->proof, AuthorityProof(key, RandomBytes(32), proof->authority));
  EXPECT_NE(proof->proof, AuthorityProof(key, nonce, "another authority"));
  EXPECT_TRUE(absl::IsNotFound(joining_->Prove("aaaaaaaaaa", nonce, kPeer).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(joining_->Prove("aaa", nonce, kPeer).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(joining_->Prove("aaaaaaaaaa", "n", kPeer).status()));
}

TEST_F(JoiningTest, ATokenSaysStackEnvironmentAndRoleAndTheHostItsName) {
  const auto granted = Enrol(Token(), HostKey());
  ASSERT_TRUE(granted.ok()) << granted.status();
  EXPECT_EQ(granted->identity.id, kDb1);
  EXPECT_EQ(granted->identity.role, "db");
  EXPECT_THAT(tls::UriNames(ParseDer(granted->certificate).get()),
              ElementsAre("faultline://shop/db-1?env=prod&role=db"));
  EXPECT_EQ(granted->validity.not_after - granted->validity.not_before, Span::Seconds(48 * 3600));
  EXPECT_TRUE(Admit(*granted).ok());
}

TEST_F(JoiningTest, TheSecretIsNowhereInTheFiles) {
  const std::string token = Token();
  ASSERT_TRUE(Enrol(token, HostKey()).ok());
  Close();
  EXPECT_NE(std::system(("grep -rqF " + token.substr(16) + " " + options_.directory).c_str()), 0);
  EXPECT_EQ(std::system(("grep -rqF " + token.substr(5, 10) + " " + options_.directory).c_str()),
            0);
}

TEST_F(JoiningTest, AnAnswerThatWasLostIsGivenAgainAndCostsNoSecondUse) {
  const std::string token = Token(1);
  const HostKey key;
  const auto first = Enrol(token, key);
  ASSERT_TRUE(first.ok()) << first.status();
  for (int i = 0; i < 2; ++i) {
    const auto again = Enrol(token, key);
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(first->certificate, again->certificate);
    Close();
    Open();
  }
  EXPECT_EQ(joining_->Tokens()->at(0).used, 1u);
  const auto other = Enrol(token, HostKey(), "db-2");
  EXPECT_TRUE(absl::IsUnauthenticated(other.status())) << other.status();
  EXPECT_THAT(Text(other.status()), HasSubstr("used up"));
}

TEST_F(JoiningTest, TheAnswerCanBeAskedForAgainAfterTheTokensEndFromTheProofOn) {
  const std::string token = Token(2, false, Span::Seconds(60));
  const std::string id = token.substr(5, 10);
  const std::string nonce = RandomBytes(32);
  const HostKey key;
  const auto first = Enrol(token, key);
  clock_.Advance(Span::Seconds(61));
  const auto proof = joining_->Prove(id, nonce, kPeer);
  ASSERT_TRUE(proof.ok()) << proof.status();
  EXPECT_EQ(Enrol(token, key)->certificate, first->certificate);
  // Nobody else gets anything, and when nothing is left to ask for again, no proof either.
  EXPECT_TRUE(absl::IsUnauthenticated(Enrol(token, HostKey(), "db-2").status()));
  clock_.Advance(Span::Seconds(48 * 3600));
  EXPECT_TRUE(absl::IsUnauthenticated(joining_->Prove(id, nonce, kPeer).status()));
}

TEST_F(JoiningTest, AWrongRequestIsRefusedByItsFieldAndUsesNothingUp) {
  const std::string token = Token();
  const HostKey key;
  const auto expect = [&](EnrolDemand demand, const char* says) {
    const auto refused = joining_->Enrol(demand, kPeer);
    EXPECT_TRUE(absl::IsInvalidArgument(refused.status())) << says << refused.status();
    EXPECT_THAT(Text(refused.status()), HasSubstr(says));
  };
  const EnrolDemand good{.token = token, .certificate_request = key.Request(), .host = "db-1"};
  EnrolDemand demand = good;
  demand.token = "nonsense";
  expect(demand, "token: is not a join token");
  for (const char* host : {"", ".db", "-db", "db/1", "db 1", "db,URI:x", "d\xc3\xa9"}) {
    demand = good;
    demand.host = host;
    expect(demand, "host: ");
  }
  demand = good;
  demand.certificate_request = "garbage";
  expect(demand, "certificate_request: ");
  demand = good;
  demand.addresses = {"not an address"};
  expect(demand, "addresses: ");
  demand.addresses.assign(65, "10.0.0.1");
  expect(demand, "addresses: ");
  clock_.Advance(Span::Seconds(120));
  EXPECT_TRUE(joining_->Enrol(good, kPeer).ok());
}

TEST_F(JoiningTest, WrongSpentExpiredAndRevokedTokensLetNobodyIn) {
  const auto refused = [&](const std::string& token, const char* says) {
    const auto answer = Enrol(token, HostKey(), "db-9");
    EXPECT_TRUE(absl::IsUnauthenticated(answer.status())) << answer.status();
    EXPECT_THAT(Text(answer.status()), HasSubstr(says));
  };
  std::string wrong = Token();
  wrong.back() = wrong.back() == 'a' ? 'b' : 'a';
  refused(wrong, "its secret is wrong");
  refused("ftok.aaaaaaaaaa.aaaaaaaaaaaaaaaaaaaaaaaaaa", "knows no such token");
  const std::string revoked = Token();
  ASSERT_TRUE(joining_->RevokeToken(revoked.substr(5, 10), "the test").ok());
  refused(revoked, "was revoked");
  const std::string expired = Token(1, false, Span::Seconds(60));
  clock_.Advance(Span::Seconds(60));
  refused(expired, "expired");
  EXPECT_TRUE(absl::IsNotFound(joining_->RevokeToken("aaaaaaaaaa", "the test").status()));
}

TEST_F(JoiningTest, ASecondMachineUnderATakenNameIsRefusedUntilItMayReplaceTheSilentOne) {
  const auto old = Enrol(Token(), HostKey());
  ASSERT_TRUE(old.ok());
  const std::string plain = Token(), replacing = Token(2, true);
  const auto expect_taken = [&](const std::string& token, const char* says) {
    const auto answer = Enrol(token, HostKey());
    EXPECT_TRUE(absl::IsAlreadyExists(answer.status())) << answer.status();
    EXPECT_THAT(Text(answer.status()), HasSubstr(says));
  };
  expect_taken(replacing, "joined within the last");
  Settle();
  live_.Connect(kDb1);
  expect_taken(plain, "connected");
  expect_taken(replacing, "connected");
  live_.Disconnect(kDb1);
  expect_taken(plain, "--replace");
  const auto taken = Enrol(replacing, HostKey());
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_TRUE(Admit(*taken).ok());
  EXPECT_THAT(Text(Admit(*old)), HasSubstr("taken over by i-0abc"));
  EXPECT_THAT(ended_, ElementsAre(kDb1));
  // And once more with the same token: its own takeover does not count as a revocation.
  Settle();
  EXPECT_TRUE(Enrol(replacing, HostKey()).ok());
}

TEST_F(JoiningTest, TheSameNameInAnotherEnvironmentIsAnotherHost) {
  ASSERT_TRUE(Enrol(Token(), HostKey()).ok());
  const auto staging =
      joining_->CreateToken({.stack = {"shop", "staging"}, .roles = {"db"}}, "test");
  EXPECT_TRUE(Enrol(staging->text, HostKey()).ok());
  const auto ambiguous = joining_->RevokeHost("shop", "", "db-1", "the test");
  EXPECT_THAT(Text(ambiguous.status()), HasSubstr("prod, staging"));
  EXPECT_EQ(joining_->RevokeHost("shop", "staging", "db-1", "the test")->host.stack.env, "staging");
  EXPECT_EQ(joining_->RevokeHost("shop", "", "db-1", "the test")->host, kDb1);
}

TEST_F(JoiningTest, ARevokedHostIsOutAtOnceAndItsTokenDoesNotLetItInAgain) {
  const std::string token = Token(3);
  const HostKey key;
  const auto granted = Enrol(token, key);
  const auto revoked = joining_->RevokeHost("shop", "", "db-1", "the test");
  ASSERT_TRUE(revoked.ok()) << revoked.status();
  EXPECT_EQ(revoked->certificates, 1u);
  EXPECT_THAT(revoked->open_tokens, ElementsAre(token.substr(5, 10)));
  EXPECT_THAT(ended_, ElementsAre(kDb1));
  EXPECT_TRUE(absl::IsUnauthenticated(Admit(*granted)));
  const auto renewed = Renew(granted->certificate, key, HostKey());
  EXPECT_TRUE(absl::IsPermissionDenied(renewed.status())) << renewed.status();
  const HostKey new_key;
  for (const HostKey* each : {&key, &new_key}) {
    const auto refused = Enrol(token, *each);
    EXPECT_TRUE(absl::IsUnauthenticated(refused.status())) << refused.status();
    EXPECT_THAT(Text(refused.status()), HasSubstr("was revoked after it had joined"));
  }
  EXPECT_TRUE(Enrol(token, HostKey(), "db-2").ok());
  // Another token: the name is free.
  EXPECT_TRUE(Enrol(Token(), HostKey()).ok());
  EXPECT_TRUE(absl::IsNotFound(joining_->RevokeHost("shop", "", "db-7", "the test").status()));
}

TEST_F(JoiningTest, RevocationsOutliveTheProcess) {
  const HostKey key;
  const auto granted = Enrol(Token(), key);
  const auto other = Enrol(Token(), HostKey(), "db-2");
  joining_->RevokeHost("shop", "", "db-1", "the test").IgnoreError();
  Close();
  Open();
  EXPECT_TRUE(absl::IsUnauthenticated(Admit(*granted)));
  EXPECT_TRUE(Admit(*other).ok());
  EXPECT_TRUE(absl::IsPermissionDenied(Renew(granted->certificate, key, HostKey()).status()));
  EXPECT_THAT(joining_->CertificateEnds(), SizeIs(1));
}

TEST_F(JoiningTest, AStrangerWhoGuessesIsHeldUpAndTheOthersAreNot) {
  std::string wrong = Token();
  wrong.back() = wrong.back() == 'a' ? 'b' : 'a';
  const HostKey key;
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(absl::IsUnauthenticated(Enrol(wrong, key).status())) << i;
  }
  const std::string right = Token();
  EXPECT_TRUE(absl::IsResourceExhausted(Enrol(right, key).status()));
  EXPECT_TRUE(Enrol(right, key, "db-1", "ipv4:10.0.1.6:4000").ok());
  // From many addresses: right ones still get in, wrong ones are told nothing.
  for (int i = 0; i < 300; ++i) {
    Enrol(wrong, key, "db-1", "ipv4:10.0.2." + std::to_string(i % 250) + ":1").IgnoreError();
  }
  EXPECT_TRUE(absl::IsResourceExhausted(Enrol(wrong, key, "db-1", "ipv4:10.9.9.9:1").status()));
  EXPECT_TRUE(Enrol(Token(), HostKey(), "db-2", "ipv4:10.9.9.9:1").ok());
}

TEST_F(JoiningTest, AnImportedTokenIsTakenOnceAndNeverComesBack) {
  const JoinToken token = TokenFromRandom(RandomBytes(kTokenRandomBytes));
  const TokenSpec spec{.stack = kDb1.stack, .roles = {"db"}, .ttl = Span::Seconds(3600)};
  EXPECT_TRUE(*joining_->ImportToken(token, spec, "/run/token"));
  EXPECT_FALSE(*joining_->ImportToken(token, spec, "/run/token"));
  joining_->RevokeToken(token.id, "the test").IgnoreError();
  clock_.Advance(Span::Seconds(200LL * 86'400));
  Close();
  Open();
  EXPECT_FALSE(*joining_->ImportToken(token, spec, "/run/token"));
  EXPECT_TRUE(absl::IsUnauthenticated(Enrol(token.Text(), HostKey()).status()));
  JoinToken other = token;
  other.secret = TokenFromRandom(RandomBytes(kTokenRandomBytes)).secret;
  EXPECT_TRUE(absl::IsAlreadyExists(joining_->ImportToken(other, spec, "/run/token").status()));
}

TEST_F(JoiningTest, OneTokenOfSeveralRolesServesAStackAndEachHostSaysItsOwn) {
  const auto token =
      joining_->CreateToken({.stack = kDb1.stack, .roles = {"app", "db"}, .uses = 2}, "the test");
  ASSERT_TRUE(token.ok());
  EXPECT_THAT(Text(Enrol(token->text, HostKey()).status()), HasSubstr("role: is missing"));
  EXPECT_THAT(Text(Enrol(token->text, HostKey(), "db-1", kPeer, "collector").status()),
              HasSubstr("role: the token lets hosts of role app, db in"));
  EXPECT_EQ(Enrol(token->text, HostKey(), "db-1", kPeer, "db")->identity.role, "db");
  EXPECT_EQ(Enrol(token->text, HostKey(), "app-1", kPeer, "app")->identity.role, "app");
}

TEST_F(JoiningTest, AHostMayHaveSeveralOfItsTokensRoles) {
  const auto token =
      joining_->CreateToken({.stack = kDb1.stack, .roles = {"app", "db", "collector"}}, "the test");
  ASSERT_TRUE(token.ok()) << token.status();
  const auto granted = Enrol(token->text, HostKey(), "db-1", kPeer, "db,collector");
  ASSERT_TRUE(granted.ok()) << granted.status();
  EXPECT_EQ(granted->identity.role, "collector,db");
  EXPECT_THAT(tls::UriNames(ParseDer(granted->certificate).get()),
              ElementsAre("faultline://shop/db-1?env=prod&role=collector&role=db"));
  Close();
  Open();
  EXPECT_TRUE(Admit(*granted).ok());
}

TEST_F(JoiningTest, ATokenWithoutARoleLetsHostsOfAnyRolesInAndOfNone) {
  const auto token = joining_->CreateToken({.stack = kDb1.stack, .uses = 3}, "the test");
  ASSERT_TRUE(token.ok()) << token.status();
  Close();
  Open();
  EXPECT_THAT((*joining_->Tokens())[0].roles, testing::IsEmpty());
  EXPECT_EQ(Enrol(token->text, HostKey(), "db-1", kPeer, "db,collector")->identity.role,
            "collector,db");
  EXPECT_EQ(Enrol(token->text, HostKey(), "web", kPeer, "host")->identity.role, "host");
  const auto plain = Enrol(token->text, HostKey(), "plain", kPeer, "");
  ASSERT_TRUE(plain.ok()) << plain.status();
  EXPECT_EQ(plain->identity.role, "");
  EXPECT_THAT(tls::UriNames(ParseDer(plain->certificate).get()),
              ElementsAre("faultline://shop/plain?env=prod"));
  EXPECT_THAT(Text(Enrol(token->text, HostKey(), "x", kPeer, "admin").status()),
              HasSubstr("role: \"admin\" is no role; known: app, db, collector, outside, host"));
}

TEST_F(JoiningTest, WhoHasMoreRolesThanItsTokenIsToldBothAndHowToGetTheRightOne) {
  const auto refused = Enrol(Token(), HostKey(), "db-1", kPeer, "db,collector").status();
  EXPECT_TRUE(absl::IsInvalidArgument(refused));
  EXPECT_THAT(Text(refused),
              HasSubstr("the token lets hosts of role db in, and this one is collector,db; write "
                        "another role: into agent.yaml, or make a token for these roles: faultline "
                        "token create --role collector,db --stack shop --env prod"));
}

TEST_F(JoiningTest, AHostOfAnotherRoleThanItsTokensIsRefused) {
  EXPECT_TRUE(absl::IsInvalidArgument(Enrol(Token(), HostKey(), "db-1", kPeer, "app").status()));
  EXPECT_TRUE(Enrol(Token(), HostKey(), "db-1", kPeer, "db").ok());
}

TEST_F(JoiningTest, WhatATokenIsForIsChecked) {
  const auto expect = [&](TokenSpec spec, const char* field) {
    const auto refused = joining_->CreateToken(spec, "the test");
    EXPECT_TRUE(absl::IsInvalidArgument(refused.status())) << field;
    EXPECT_EQ(Text(refused.status()).rfind(field, 0), 0u) << refused.status();
  };
  const TokenSpec good{.stack = kDb1.stack, .roles = {"db"}};
  TokenSpec spec = good;
  spec.stack.stack = "a b";
  expect(spec, "stack");
  spec = good;
  spec.stack.env = "";
  expect(spec, "env");
  spec = good;
  spec.roles = {"db", "admin"};
  expect(spec, "roles");
  spec.roles = {"db", "db"};
  expect(spec, "roles");
  spec = good;
  spec.uses = 0;
  expect(spec, "uses");
  spec = good;
  spec.ttl = Span::Seconds(59);
  expect(spec, "ttl");
}

TEST_F(JoiningTest, NumbersTellWhatHappenedAndWhatEndsFirst) {
  ASSERT_TRUE(Enrol(Token(), HostKey()).ok());
  Enrol("nonsense", HostKey()).IgnoreError();
  Token(5);
  JoiningNumbers numbers = joining_->Numbers();
  EXPECT_EQ((numbers.outcomes[{"enrol", "issued"}]), 1u);
  EXPECT_EQ((numbers.outcomes[{"enrol", "bad_request"}]), 1u);
  EXPECT_EQ(numbers.active_tokens, 1u);
  EXPECT_EQ(numbers.nearest_end.ns, 0);
  live_.Connect(kDb1);
  EXPECT_EQ(joining_->Numbers().nearest_end, joining_->CertificateEnds().at(kDb1));
}

TEST_F(JoiningTest, ActiveTokensAreCountedAsTheyChange) {
  const std::string one = Token(1), two = Token(2);
  Token(1, false, Span::Seconds(60));
  EXPECT_EQ(joining_->Numbers().active_tokens, 3u);
  clock_.Advance(Span::Seconds(60));
  EXPECT_EQ(joining_->Numbers().active_tokens, 2u);
  ASSERT_TRUE(Enrol(one, HostKey()).ok());
  EXPECT_EQ(joining_->Numbers().active_tokens, 1u);
  Close();
  Open();
  EXPECT_EQ(joining_->Numbers().active_tokens, 1u);
  ASSERT_TRUE(joining_->RevokeToken(two.substr(5, 10), "the test").ok());
  EXPECT_EQ(joining_->Numbers().active_tokens, 0u);
}

// The disk may be slow while a host joins; the page must not wait for it.
TEST_F(JoiningTest, ReadersDoNotWaitForAHostThatJoins) {
  ASSERT_TRUE(Enrol(Token(), HostKey(), "db-2").ok());
  bool answered = false;
  std::atomic<bool> asked{false};
  live_.set_on_asked([&] {  // within the call, as a write of it is
    if (asked.exchange(true)) return;
    auto read = std::async(std::launch::async, [&] {
      return joining_->CertificateEnds().size() + joining_->Numbers().active_tokens;
    });
    answered = read.wait_for(std::chrono::seconds(10)) == std::future_status::ready;
    // Else it would be waited for, and it waits for us.
    if (!answered) std::abort();
  });
  EXPECT_TRUE(Enrol(Token(), HostKey()).ok());
  live_.set_on_asked({});
  EXPECT_TRUE(answered);
}

}  // namespace
}  // namespace faultline::security
