// Channels that come, change, are tried and go, with real receivers.
#include "collector/notify/channels.h"

#include <future>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "tests/collector/notify/notify_samples.h"
#include "tests/fakes/http_receiver.h"
#include "tests/fakes/temp_directory.h"

namespace faultline::notify {
namespace {

using fakes::HttpReceiver;
using testing::HasSubstr;
using testing::SizeIs;

class ChannelsTest : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = store::OpenSqliteStore({directory_ / "faultline.db", {"pager"}}, clock_);
    ASSERT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
    channels_ = std::make_unique<Channels>(*store_, clock_);
    store_->set_outbox_listener([this] { channels_->Wake(); });
  }
  void TearDown() override {
    store_->set_outbox_listener({});
    channels_.reset();
    store_.reset();
  }
  void Decide(uint64_t incident) {
    incidents::Notification said = SampleNotification(incident, 1);
    said.incident.subject = absl::StrCat("subject ", incident);
    said.incident.notifications = 1;
    store::Commit commit;
    commit.incidents = {said.incident};
    commit.outbox = {said};
    auto done = std::make_shared<std::promise<void>>();
    std::future<void> durable = done->get_future();
    store_->Submit(std::move(commit), [done] { done->set_value(); });
    ASSERT_EQ(durable.wait_for(std::chrono::seconds(20)), std::future_status::ready);
  }
  static bool WaitUntil(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
  }
  operator_api::ChannelState StateOf(const std::string& name) {
    for (const auto& state : channels_->States()) {
      if (state.name == name) return state;
    }
    return {};
  }

  fakes::TempDirectory directory_;
  SystemClock clock_;
  HttpReceiver receiver_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<Channels> channels_;
};

TEST_F(ChannelsTest, AnotherUrlIsTriedAtOnceAndGetsWhatWaited) {
  HttpReceiver wrong;
  wrong.Script(std::vector<std::string>(10, HttpReceiver::Answer(404)));
  ASSERT_TRUE(channels_->Apply({{.name = "pager", .url = wrong.url()}}, "").ok());
  Decide(1);
  ASSERT_TRUE(WaitUntil([&] { return StateOf("pager").failing_since.ns != 0; }));
  EXPECT_THAT(StateOf("pager").error, HasSubstr("answered 404"));
  EXPECT_EQ(StateOf("pager").waiting, 1u);
  ASSERT_TRUE(channels_->Apply({{.name = "pager", .url = receiver_.url()}}, "").ok());
  ASSERT_TRUE(receiver_.WaitForRequests(1));
  ASSERT_TRUE(WaitUntil([&] { return StateOf("pager").waiting == 0; }));
  EXPECT_EQ(StateOf("pager").failing_since, WallTime{});
}

TEST_F(ChannelsTest, ANewOneIsToldWhatIsOpenAndTheOldOnesGoOn) {
  const config::WebhookConfig pager{.name = "pager", .url = receiver_.url()};
  ASSERT_TRUE(channels_->Apply({pager}, "").ok());
  Decide(1);
  ASSERT_TRUE(receiver_.WaitForRequests(1));
  HttpReceiver chat;
  ASSERT_TRUE(channels_->Apply({pager, {.name = "chat", .url = chat.url()}}, "").ok());
  store_->SetChannels({"pager", "chat"});
  ASSERT_TRUE(chat.WaitForRequests(1));
  EXPECT_THAT(chat.requests()[0].body, HasSubstr("\"event\":\"opened\""));
  Decide(2);
  ASSERT_TRUE(receiver_.WaitForRequests(2));
  ASSERT_TRUE(chat.WaitForRequests(2));
  EXPECT_EQ(receiver_.requests()[1].connection, 1) << "its connection was kept";
  EXPECT_THAT(channels_->States(), SizeIs(2));
  ASSERT_TRUE(channels_->Apply({}, "").ok());
  EXPECT_THAT(channels_->States(), SizeIs(0));
}

TEST_F(ChannelsTest, AWrongUrlChangesNothing) {
  ASSERT_TRUE(channels_->Apply({{.name = "pager", .url = receiver_.url()}}, "").ok());
  EXPECT_FALSE(channels_->Apply({{.name = "chat", .url = "nothing"}}, "").ok());
  Decide(1);
  EXPECT_TRUE(receiver_.WaitForRequests(1));
}

TEST_F(ChannelsTest, ATestIsSentAtOnceWhateverWaits) {
  ASSERT_TRUE(channels_->Apply({{.name = "pager", .url = receiver_.url()}}, "").ok());
  receiver_.Script({HttpReceiver::Answer(429, "", "Retry-After: 200\r\n"),
                    HttpReceiver::Answer(204), HttpReceiver::Answer(401, "who are you")});
  Decide(1);
  ASSERT_TRUE(WaitUntil([&] { return StateOf("pager").failing_since.ns != 0; }));
  const auto begun = channels_->Test("pager");
  ASSERT_TRUE(begun.ok());
  EXPECT_EQ(begun->number, 1u);
  ASSERT_TRUE(WaitUntil([&] { return StateOf("pager").test.finished; }));
  EXPECT_TRUE(StateOf("pager").test.delivered);
  EXPECT_EQ(StateOf("pager").test.answer, "answered 204");
  EXPECT_THAT(receiver_.requests()[1].body, HasSubstr("\"event\":\"test\""));
  EXPECT_NE(StateOf("pager").failing_since.ns, 0) << "of the incident's message";
  EXPECT_EQ(channels_->Test("pager")->number, 2u);
  ASSERT_TRUE(WaitUntil([&] { return StateOf("pager").test.finished; }));
  EXPECT_FALSE(StateOf("pager").test.delivered);
  EXPECT_THAT(StateOf("pager").test.answer, HasSubstr("answered 401: who are you"));
}

TEST_F(ChannelsTest, ATestThatIsUnderWayIsNotSentTwice) {
  ASSERT_TRUE(channels_->Apply({{.name = "pager", .url = receiver_.url()}}, "").ok());
  receiver_.Hold();
  EXPECT_EQ(channels_->Test("pager")->number, 1u);
  ASSERT_TRUE(receiver_.WaitForRequests(1));
  EXPECT_EQ(channels_->Test("pager")->number, 1u);
  receiver_.Release();
  ASSERT_TRUE(WaitUntil([&] { return StateOf("pager").test.finished; }));
  EXPECT_THAT(receiver_.requests(), SizeIs(1));
}

TEST_F(ChannelsTest, AChannelThatIsNotThereIsSaidWithThoseThatAre) {
  EXPECT_THAT(std::string(channels_->Test("x").status().message()),
              HasSubstr("there is no channel 'x'; collector.yaml has no `notify`"));
  ASSERT_TRUE(channels_->Apply({{.name = "pager", .url = receiver_.url()}}, "").ok());
  const auto status = channels_->Test("pgaer").status();
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("'pgaer'; pager is there"));
}

// A receiver that hangs at each of many channels costs the end no more than at one.
TEST_F(ChannelsTest, TheyEndTogether) {
  receiver_.Hold();
  std::vector<config::WebhookConfig> many;
  std::vector<std::string> names;
  for (int i = 0; i < 8; ++i) {
    names.push_back(absl::StrCat("pager-", i));
    many.push_back({.name = names.back(), .url = receiver_.url(), .timeout = Span::Seconds(60)});
  }
  ASSERT_TRUE(channels_->Apply(many, "").ok());
  store_->SetChannels(names);
  Decide(1);
  ASSERT_TRUE(receiver_.WaitForRequests(8));
  const auto begun = std::chrono::steady_clock::now();
  store_->set_outbox_listener({});
  channels_ = std::make_unique<Channels>(*store_, clock_);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(2));
  receiver_.Release();
}

}  // namespace
}  // namespace faultline::notify
