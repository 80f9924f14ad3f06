// Joining: who is believed, what is tried again, what never leaves this host.
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/agent/link/enroller_testing.h"

namespace faultline::link {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(EnrollerTest, JoinsWithAToken) {
  StartCollector();
  StartEnroller();
  ASSERT_TRUE(listener_.WaitForState("", "joined as faultline://shop/db-1?env=prod&role=db"));
  const auto credentials = enroller_->Credentials();
  ASSERT_TRUE(credentials.ok()) << credentials.status();
  EXPECT_EQ(credentials->ca, collector_.authority().pem());
  const auto kept = OnDisk();
  ASSERT_TRUE(kept.ok()) << kept.status();
  EXPECT_EQ(kept->chain, credentials->certificate);
  EXPECT_EQ(kept->who.id.host, "db-1");
  const auto asked = collector_.asked();
  ASSERT_EQ(asked.enrol.size(), 1u);
  EXPECT_EQ(asked.enrol[0].host(), "db-1");
  EXPECT_EQ(asked.enrol[0].boot_id(), "boot");
}

TEST_F(EnrollerTest, KeepsKeyAndCertificateFromOthers) {
  StartCollector();
  StartEnroller();
  ASSERT_TRUE(listener_.WaitForCredentials());
  struct stat info {};
  ASSERT_EQ(stat((state_dir() + "/identity/identity.pem").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  ASSERT_EQ(stat((state_dir() + "/identity").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
  EXPECT_NE(access((state_dir() + "/identity/joining.key").c_str(), F_OK), 0);
}

TEST_F(EnrollerTest, JoinsACollectorThatComesLater) {
  StartCollector();
  collector_.Stop();
  StartEnroller();
  ASSERT_TRUE(listener_.WaitForState("JOIN_UNREACHABLE", "is the collector running"));
  EXPECT_TRUE(absl::IsUnavailable(enroller_->Credentials().status()));
  collector_.Start();
  EXPECT_TRUE(listener_.WaitForCredentials());
}

TEST_F(EnrollerTest, WaitsForATokenThatComesLater) {
  ASSERT_EQ(unlink(token_file_.c_str()), 0);
  StartCollector();
  StartEnroller();
  ASSERT_TRUE(listener_.WaitForState("JOIN_NO_TOKEN", token_file_));
  EXPECT_EQ(collector_.asked().authority, 0);
  WriteToken(kToken);
  EXPECT_TRUE(listener_.WaitForCredentials());
}

TEST_F(EnrollerTest, RefusesATokenThatEverybodyMayRead) {
  WriteToken(kToken, 0644);
  StartCollector();
  StartEnroller();
  ASSERT_TRUE(listener_.WaitForState("JOIN_NO_TOKEN", "everybody on this host may read"));
  EXPECT_EQ(collector_.asked().authority, 0);
  ASSERT_EQ(chmod(token_file_.c_str(), 0600), 0);
  EXPECT_TRUE(listener_.WaitForCredentials());
}

TEST_F(EnrollerTest, SaysWhatIsWrongWithATokenAndNotWhatItIs) {
  WriteToken("ftok.abcdefghij.abcdefghijklmno");
  StartCollector();
  StartEnroller();
  ASSERT_TRUE(listener_.WaitForState("JOIN_NO_TOKEN", "was it cut off?"));
  EXPECT_THAT(listener_.states().back().detail, HasSubstr(token_file_));
  EXPECT_THAT(listener_.states().back().detail, Not(HasSubstr("klmno")));
}

TEST_F(EnrollerTest, TakesANewTokenAfterARefusal) {
  WriteToken("ftok.zzzzzzzzzz.abcdefghijklmnopqrstuvwxyz");
  StartCollector();
  StartEnroller();
  ASSERT_TRUE(listener_.WaitForState("JOIN_REFUSED", "there is no such token"));
  WriteToken(kToken);
  EXPECT_TRUE(listener_.WaitForCredentials());
}

TEST_F(EnrollerTest, ShowsWhyANameIsTakenAndGoesOnWhenWoken) {
  FakeEnrolment::Manners manners;
  manners.refuse_enrol = {grpc::StatusCode::ALREADY_EXISTS,
                          "db-1 is taken by 10.0.2.10; use a token made with --replace"};
  collector_.set_manners(manners);
  StartCollector();
  StartEnroller();
  ASSERT_TRUE(listener_.WaitForState("JOIN_REFUSED", "use a token made with --replace"));
  collector_.set_manners({});
  enroller_->Wake();
  EXPECT_TRUE(listener_.WaitForCredentials());
}

TEST_F(EnrollerTest, NeverSendsTheTokenToWhoCannotProveThatHeKnowsIt) {
  // It knows a token of that ID, with another secret.
  FakeEnrolment thief(clock_);
  thief.AddToken(kOtherToken);
  thief.Start();
  options_.target.address = thief.address();
  StartEnroller();
  ASSERT_TRUE(listener_.WaitForState("JOIN_REFUSED", "does not prove that it knows"));
  EXPECT_TRUE(thief.asked().enrol.empty());
  EXPECT_EQ(listener_.credentials(), 0);
}

TEST_F(EnrollerTest, RefusesARelayThatPutsItsOwnAuthorityInPlace) {
  FakeEnrolment relay(clock_);
  FakeEnrolment::Manners manners;
  manners.passes_on = &collector_;
  manners.swaps_authority = true;
  relay.set_manners(manners);
  relay.Start();
  options_.target.address = relay.address();
  StartEnroller();
  ASSERT_TRUE(listener_.WaitForState("JOIN_REFUSED", "does not prove that it knows"));
  EXPECT_TRUE(relay.asked().enrol.empty());
}

TEST_F(EnrollerTest, NeverSendsTheTokenToAManInTheMiddleWhoPassesTheProofOn) {
  FakeEnrolment middle(clock_);
  FakeEnrolment::Manners manners;
  manners.passes_on = &collector_;
  middle.set_manners(manners);
  middle.Start();
  options_.target.address = middle.address();
  StartEnroller();
  ASSERT_TRUE(listener_.WaitForState("JOIN_UNREACHABLE", "does nobody stand between"));
  EXPECT_GE(middle.asked().authority, 1);
  EXPECT_TRUE(middle.asked().enrol.empty());
  EXPECT_EQ(listener_.credentials(), 0);
}

TEST_F(EnrollerTest, RefusesACollectorOfAnotherName) {
  collector_.set_server_names("DNS:someone-else");
  StartCollector();
  StartEnroller();
  ASSERT_TRUE(listener_.WaitForState("JOIN_UNREACHABLE", "for its name"));
  EXPECT_TRUE(collector_.asked().enrol.empty());
}

TEST_F(EnrollerTest, AsksAgainWithTheSameKeyWhenAnAnswerWasLost) {
  FakeEnrolment::Manners manners;
  manners.lose_answers = 2;
  collector_.set_manners(manners);
  StartCollector();
  StartEnroller();
  ASSERT_TRUE(listener_.WaitForCredentials());
  EXPECT_EQ(collector_.asked().enrol.size(), 3u);
  EXPECT_EQ(collector_.asked().keys.size(), 1u);
}

TEST_F(EnrollerTest, AsksAgainWithTheSameKeyAfterARestart) {
  FakeEnrolment::Manners manners;
  manners.lose_answers = 1;
  collector_.set_manners(manners);
  options_.min_backoff = options_.max_backoff = Span::Seconds(3600);
  StartCollector();
  StartEnroller();
  ASSERT_TRUE(listener_.WaitForState("JOIN_UNREACHABLE", "the line broke"));
  enroller_.reset();
  StartEnroller();
  ASSERT_TRUE(listener_.WaitForCredentials());
  EXPECT_EQ(collector_.asked().enrol.size(), 2u);
  EXPECT_EQ(collector_.asked().keys.size(), 1u);
}

TEST_F(EnrollerTest, RefusesACertificateOfAnotherHost) {
  FakeEnrolment::Manners manners;
  manners.spoil = [this](faultline::v1::Certificate* answer) {
    const auto leaf = ParseDer(answer->chain(0));
    answer->set_chain(0, collector_.authority().Sign(
                             X509_get0_pubkey(leaf->get()), "URI:faultline://shop/db-2?env=prod",
                             clock_.Now() - Span::Seconds(60), clock_.Now() + Span::Seconds(60)));
  };
  collector_.set_manners(manners);
  StartCollector();
  StartEnroller();
  EXPECT_TRUE(listener_.WaitForState("JOIN_REFUSED", "this host is \"db-1\""));
  EXPECT_EQ(listener_.credentials(), 0);
}

TEST_F(EnrollerTest, SaysThatTheClockIsWrongAndJoinsWhenItIsSet) {
  StartCollector();
  // In 1970s' manner: before the authority was made.
  clock_.Shift(Span::Seconds(-86'400 * 365), {});
  StartEnroller();
  ASSERT_TRUE(listener_.WaitForState("JOIN_UNREACHABLE", "is the clock right (timedatectl)?"));
  // However often it asks, it says the same.
  ASSERT_TRUE(collector_.WaitFor([](const auto& asked) { return asked.authority >= 4; }));
  EXPECT_EQ(listener_.states().size(), 1u);
  clock_.Shift(Span::Seconds(86'400 * 365), {});
  EXPECT_TRUE(listener_.WaitForCredentials());
}

// Growing pauses would reach hours before the sixteenth.
TEST_F(EnrollerTest, ComesAgainAtAnEvenPaceWhenTheCollectorAsksToComeLater) {
  options_.min_refused = Span::Millis(10);
  options_.max_refused = Span::Seconds(36'000);
  FakeEnrolment::Manners manners;
  manners.refuse_enrol = {grpc::StatusCode::RESOURCE_EXHAUSTED, "too many attempts failed"};
  collector_.set_manners(manners);
  StartCollector();
  StartEnroller();
  ASSERT_TRUE(listener_.WaitForState("JOIN_UNREACHABLE", "too many attempts"));
  EXPECT_TRUE(collector_.WaitFor([](const auto& asked) { return asked.enrol.size() >= 16; }));
}

TEST_F(EnrollerTest, TakesARefusalBeforeTheProofForAnybodysWordAndIsNotHeldOffByIt) {
  options_.min_refused = Span::Millis(10);
  options_.max_refused = Span::Seconds(36'000);
  FakeEnrolment::Manners manners;
  manners.refuse_authority = {grpc::StatusCode::PERMISSION_DENIED, "go away"};
  collector_.set_manners(manners);
  StartCollector();
  StartEnroller();
  ASSERT_TRUE(listener_.WaitForState("JOIN_REFUSED",
                                     "somebody who has not proved himself answers: go away"));
  EXPECT_TRUE(collector_.WaitFor([](const auto& asked) { return asked.authority >= 16; }));
}

TEST_F(EnrollerTest, LogsTheSameTroubleInOtherWordsOnlyNowAndThen) {
  testing::internal::CaptureStderr();
  StartCollector();
  const auto say = [this](const std::string& text) {
    FakeEnrolment::Manners manners;
    manners.refuse_enrol = {grpc::StatusCode::UNAVAILABLE, text};
    collector_.set_manners(manners);
  };
  say("busy since 1 s");
  StartEnroller();
  ASSERT_TRUE(listener_.WaitForState("JOIN_UNREACHABLE", "busy since 1 s"));
  say("busy since 2 s");
  ASSERT_TRUE(listener_.WaitForState("JOIN_UNREACHABLE", "busy since 2 s"));
  say("busy since 3 s");
  ASSERT_TRUE(listener_.WaitForState("JOIN_UNREACHABLE", "busy since 3 s"));
  clock_.Shift({}, Span::Seconds(301));
  say("busy since 5 min");
  ASSERT_TRUE(listener_.WaitForState("JOIN_UNREACHABLE", "busy since 5 min"));
  collector_.set_manners({});
  ASSERT_TRUE(listener_.WaitForState("", "joined as"));
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, HasSubstr("since 1 s"));
  EXPECT_THAT(log, Not(HasSubstr("since 2 s")));
  EXPECT_THAT(log, HasSubstr("JOIN_UNREACHABLE is over"));
}

TEST_F(EnrollerTest, StopsAtOnceWhileNobodyAnswers) {
  // Takes connections and says nothing.
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  ASSERT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(fd, 8), 0);
  ASSERT_EQ(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
  options_.target.address = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  StartEnroller();
  const int peer = accept(fd, nullptr, nullptr);
  ASSERT_GE(peer, 0);
  const auto begin = std::chrono::steady_clock::now();
  enroller_.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(1));
  close(peer);
  close(fd);
}

}  // namespace
}  // namespace faultline::link
