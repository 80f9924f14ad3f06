// What hosts that are away said last outlives the collector.
#include "gmock/gmock.h"
#include "tests/collector/store/store_samples.h"

namespace faultline::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const CheckId kPage{.kind = "http", .target = "https://shop/orders", .name = "orders"};

std::shared_ptr<model::HostPicture> Host(const std::string& name, model::LinkState link) {
  auto host = std::make_shared<model::HostPicture>();
  host->identity.id = {{"shop", "prod"}, name};
  host->link = link;
  model::CheckPicture page;
  page.id = kPage;
  page.declared_subject = "orders";
  page.subject = "orders";
  page.unit = "nginx.service";
  page.remote_address = "10.0.0.7";
  page.remote_port = 443;
  page.interval = Span::Seconds(5);
  page.expected = {{"body", "a, \"b\" = c"}, {"connect_to", "127.0.0.1:443"}};
  page.state = State::kCritical;
  page.reason = "HTTP_STATUS";
  page.detail = "answers 500";
  page.evidence = {{"the first line", At(3)}, {"", At(4)}};
  page.gauges = {{"seconds", 0.1}, {"bytes", 9007199254740993.0}};
  page.since = At(1);
  page.observed = At(2);
  page.last_ok = At(5);
  page.ok_since = At(6);
  page.last_seq = 0xffff'ffff'ffff'fff0;
  host->checks[kPage] = page;
  const CheckId own{.kind = "agent", .target = name};
  host->checks[own] = {.id = own, .state = State::kWarning};
  return host;
}

class LastChecksTest : public StoreTest {
 protected:
  bool Relink(Store& store, std::shared_ptr<const model::HostPicture> host) {
    Commit commit;
    commit.hosts = {host};
    commit.relinked = {host};
    return CommitAndWait(store, commit);
  }
};

TEST_F(LastChecksTest, OfAHostThatIsAwayComeBackWholeAfterARestart) {
  const auto host = Host("web-1", model::LinkState::kGoodbye);
  {
    auto store = MustOpen(Options());
    Commit only;
    only.relinked = {host};
    EXPECT_FALSE(only.empty());
    ASSERT_TRUE(Relink(*store, host));
  }
  auto store = MustOpen(Options());
  auto loaded = store->Load();
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  ASSERT_THAT(loaded->hosts, SizeIs(1));
  ASSERT_THAT(loaded->hosts[0].checks, SizeIs(1)) << "the collector's own word of it goes on";
  const model::CheckPicture& is = loaded->hosts[0].checks.at(kPage);
  const model::CheckPicture& was = host->checks.at(kPage);
  EXPECT_EQ(is.id, was.id);
  EXPECT_EQ(is.declared_subject, was.declared_subject);
  EXPECT_EQ(is.subject, was.subject);
  EXPECT_EQ(is.unit, was.unit);
  EXPECT_EQ(is.remote_address, was.remote_address);
  EXPECT_EQ(is.remote_port, was.remote_port);
  EXPECT_EQ(is.interval, was.interval);
  EXPECT_EQ(is.expected, was.expected);
  EXPECT_EQ(is.state, was.state);
  EXPECT_EQ(is.reason, was.reason);
  EXPECT_EQ(is.detail, was.detail);
  EXPECT_EQ(is.since, was.since);
  EXPECT_EQ(is.observed, was.observed);
  EXPECT_EQ(is.last_ok, was.last_ok);
  EXPECT_EQ(is.ok_since, was.ok_since);
  EXPECT_EQ(is.last_seq, was.last_seq);
  ASSERT_THAT(is.evidence, SizeIs(2));
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(is.evidence[i].text, was.evidence[i].text);
    EXPECT_EQ(is.evidence[i].at, was.evidence[i].at);
    EXPECT_EQ(is.gauges.at(i).name, was.gauges[i].name);
    EXPECT_EQ(is.gauges.at(i).value, was.gauges[i].value);
  }
}

TEST_F(LastChecksTest, AreThoseOfItsLastLossAlone) {
  auto store = MustOpen(Options());
  ASSERT_TRUE(Relink(*store, Host("web-1", model::LinkState::kSilent)));
  auto later = Host("web-1", model::LinkState::kSilent);
  const CheckId other{.kind = "disk", .target = "/"};
  later->checks = {{other, {.id = other, .state = State::kOk}}};
  ASSERT_TRUE(Relink(*store, later));
  const auto loaded = store->Load();
  ASSERT_THAT(loaded->hosts, SizeIs(1));
  ASSERT_THAT(loaded->hosts[0].checks, SizeIs(1));
  EXPECT_EQ(loaded->hosts[0].checks.begin()->first, other);
}

TEST_F(LastChecksTest, GoWhenItIsBackAndWhenItIsForgotten) {
  auto store = MustOpen(Options());
  ASSERT_TRUE(Relink(*store, Host("back", model::LinkState::kSilent)));
  ASSERT_TRUE(Relink(*store, Host("gone", model::LinkState::kSilent)));
  ASSERT_TRUE(Relink(*store, Host("away", model::LinkState::kSilent)));
  ASSERT_TRUE(Relink(*store, Host("back", model::LinkState::kConnected)));
  Commit forgets;
  forgets.forgotten = {{{"shop", "prod"}, "gone"}};
  ASSERT_TRUE(CommitAndWait(*store, forgets));
  EXPECT_EQ(CountRows(Options().path, "last_checks"), 1);
  EXPECT_EQ(CountRows(Options().path, "last_checks WHERE host = 'away'"), 1);
}

}  // namespace
}  // namespace faultline::store
