#include "cli/live_picture.h"

#include <gtest/gtest.h>

#include "tests/cli/messages.h"

namespace faultline::cli {
namespace {

v1::LiveEvent Check(const std::string& host, v1::State state, const std::string& reason = "") {
  v1::LiveEvent event;
  v1::Check& check = *event.mutable_check();
  check.mutable_stack()->set_stack("shop");
  check.mutable_stack()->set_env("prod");
  check.set_host(host);
  check.set_id("unit:mysql.service");
  check.set_state(state);
  check.set_reason(reason);
  return event;
}

v1::LiveEvent Incident(uint64_t id, v1::Incident::State state, const std::string& stack = "shop") {
  v1::LiveEvent event;
  event.mutable_incident()->set_id(id);
  event.mutable_incident()->set_state(state);
  event.mutable_incident()->mutable_stack()->set_stack(stack);
  return event;
}

TEST(LivePicture, TellsChangesOfStateAndReasonButNotRepetitions) {
  LivePicture picture({});
  EXPECT_TRUE(picture.Apply(Check("db-1", v1::STATE_OK)));
  EXPECT_FALSE(picture.Apply(Check("db-1", v1::STATE_OK)));
  EXPECT_TRUE(picture.Apply(Check("db-1", v1::STATE_CRITICAL, "UNIT_STOPPING")));
  EXPECT_TRUE(picture.Apply(Check("db-1", v1::STATE_CRITICAL, "UNIT_INACTIVE")));
  EXPECT_FALSE(picture.Apply(Check("db-1", v1::STATE_CRITICAL, "UNIT_INACTIVE")));
}

v1::LiveEvent Host(const std::string& name, v1::Host::Link link, Span ago) {
  v1::LiveEvent event;
  event.mutable_host()->mutable_stack()->set_stack("shop");
  event.mutable_host()->mutable_stack()->set_env("prod");
  event.mutable_host()->set_name(name);
  event.mutable_host()->set_link(link);
  event.mutable_host()->mutable_link_since()->set_seconds((kNow - ago).ns / 1'000'000'000);
  return event;
}

TEST(LivePicture, WhatAHostThatIsGoneSaidIsLastKnownAndNeverOk) {
  LivePicture picture({});
  picture.Apply(Host("db-1", v1::Host::LINK_CONNECTED, Span::Seconds(900)));
  picture.Apply(Host("db-2", v1::Host::LINK_CONNECTED, Span::Seconds(900)));
  picture.Apply(Check("db-1", v1::STATE_OK));
  picture.Apply(Check("db-2", v1::STATE_OK));
  EXPECT_EQ(picture.ToStatus(kNow).checks_ok(), 2U);
  picture.Apply(Host("db-1", v1::Host::LINK_SILENT, Span::Seconds(8)));
  picture.Apply(Host("db-2", v1::Host::LINK_SAID_GOODBYE, Span::Seconds(60)));
  v1::Status status = picture.ToStatus(kNow);
  EXPECT_EQ(status.checks_ok(), 0U);
  EXPECT_EQ(status.checks_last_known(), 2U);
  EXPECT_EQ(status.unheard_hosts_size(), 0) << "8 s are no silence, and a goodbye is none";
  status = picture.ToStatus(kNow + Span::Seconds(5));
  EXPECT_EQ(status.hosts_silent(), 2U);
  EXPECT_EQ(status.hosts_said_goodbye(), 1U);
  ASSERT_EQ(status.unheard_hosts_size(), 1);
  EXPECT_EQ(status.unheard_hosts(0).name(), "db-1");
}

TEST(LivePicture, CountsAsTheCollectorDoes) {
  LivePicture picture({});
  picture.Apply(Check("app-1", v1::STATE_OK));
  picture.Apply(Check("app-2", v1::STATE_WARNING));
  picture.Apply(Check("app-3", v1::STATE_UNKNOWN));
  picture.Apply(Check("db-1", v1::STATE_CRITICAL));
  picture.Apply(Incident(1, v1::Incident::STATE_OPEN));
  picture.Apply(Incident(2, v1::Incident::STATE_OPEN));
  const v1::Status status = picture.ToStatus(kNow);
  EXPECT_EQ(status.checks_ok(), 1U);
  EXPECT_EQ(status.checks_warning(), 1U);
  EXPECT_EQ(status.checks_unknown(), 1U);
  EXPECT_EQ(status.checks_critical(), 1U);
  ASSERT_EQ(status.troubled_checks_size(), 3);
  EXPECT_EQ(status.troubled_checks(0).host(), "db-1");
  EXPECT_EQ(status.troubled_checks(2).host(), "app-3");
  ASSERT_EQ(status.open_incidents_size(), 2);
  EXPECT_EQ(status.open_incidents(0).id(), 2U);
}

TEST(LivePicture, ForgetsWhatIsResolvedOrRemovedAndTellsItOnce) {
  LivePicture picture({});
  picture.Apply(Incident(1, v1::Incident::STATE_OPEN));
  EXPECT_TRUE(picture.Apply(Incident(1, v1::Incident::STATE_RESOLVED)));
  EXPECT_FALSE(picture.Apply(Incident(1, v1::Incident::STATE_RESOLVED)));
  picture.Apply(Check("db-1", v1::STATE_CRITICAL));
  v1::LiveEvent removed;
  removed.set_check_removed("shop-prod/db-1/unit:mysql.service");
  EXPECT_TRUE(picture.Apply(removed));
  EXPECT_FALSE(picture.Apply(removed));
  EXPECT_EQ(picture.ToStatus(kNow).checks_critical(), 0U);
  EXPECT_EQ(picture.ToStatus(kNow).open_incidents_size(), 0);
}

TEST(LivePicture, KnowsThatTheStateOfASilentHostIsTheLastKnown) {
  LivePicture picture({});
  picture.Apply(Check("db-1", v1::STATE_CRITICAL));
  v1::LiveEvent host;
  host.mutable_host()->set_name("db-1");
  *host.mutable_host()->mutable_stack() = Check("", v1::STATE_OK).check().stack();
  for (const auto link : {v1::Host::LINK_CONNECTED, v1::Host::LINK_SILENT}) {
    host.mutable_host()->set_link(link);
    EXPECT_TRUE(picture.Apply(host));
    EXPECT_EQ(picture.ToStatus(kNow).troubled_checks(0).stale(), link == v1::Host::LINK_SILENT);
  }
}

TEST(LivePicture, KeepsOnlyWhatTheFilterLetsThrough) {
  LivePicture picture({.stack = "shop", .env = "prod"});
  EXPECT_TRUE(picture.Apply(Check("db-1", v1::STATE_CRITICAL)));
  v1::LiveEvent other = Check("db-1", v1::STATE_CRITICAL);
  other.mutable_check()->mutable_stack()->set_env("staging");
  EXPECT_FALSE(picture.Apply(other));
  EXPECT_FALSE(picture.Apply(Incident(1, v1::Incident::STATE_OPEN, "blog")));
  EXPECT_EQ(picture.ToStatus(kNow).checks_critical(), 1U);
}

TEST(LivePicture, TellsWhatHappenedWhileItCouldNotHear) {
  LivePicture picture({});
  Snapshot before;
  *before.checks.add_checks() = Check("app-1", v1::STATE_OK).check();
  *before.checks.add_checks() = Check("db-1", v1::STATE_OK).check();
  *before.status.add_open_incidents() = Incident(1, v1::Incident::STATE_OPEN).incident();
  EXPECT_EQ(picture.Replace(before).size(), 3U);
  EXPECT_TRUE(picture.Replace(before).empty());

  Snapshot after;
  *after.checks.add_checks() = Check("db-1", v1::STATE_CRITICAL, "UNIT_INACTIVE").check();
  const auto news = picture.Replace(after);
  ASSERT_EQ(news.size(), 3U);
  EXPECT_EQ(news[0].check().reason(), "UNIT_INACTIVE");
  EXPECT_EQ(news[1].check_removed(), "shop-prod/app-1/unit:mysql.service");
  EXPECT_EQ(news[2].incident().state(), v1::Incident::STATE_RESOLVED);
}

// "a-b" with "c" and "a" with "b-c": people read both as "a-b-c".
TEST(LivePicture, KeepsApartStacksWhoseNamesReadTheSame) {
  const auto stack = [](v1::StackRef* ref, bool first) {
    ref->set_stack(first ? "a-b" : "a");
    ref->set_env(first ? "c" : "b-c");
  };
  LivePicture picture({});
  for (const bool first : {true, false}) {
    v1::LiveEvent host;
    stack(host.mutable_host()->mutable_stack(), first);
    host.mutable_host()->set_name("h");
    host.mutable_host()->set_link(v1::Host::LINK_CONNECTED);
    picture.Apply(host);
    v1::LiveEvent check;
    stack(check.mutable_check()->mutable_stack(), first);
    check.mutable_check()->set_host("h");
    check.mutable_check()->set_id("unit:x");
    check.mutable_check()->set_state(first ? v1::STATE_CRITICAL : v1::STATE_OK);
    picture.Apply(check);
    v1::LiveEvent alert;
    stack(alert.mutable_alert()->mutable_stack(), first);
    alert.mutable_alert()->set_id("a-b-c/h/unit:x/database");
    alert.mutable_alert()->set_state(v1::Alert::STATE_FIRING);
    picture.Apply(alert);
  }
  EXPECT_EQ(picture.ToStatus(kNow).hosts_connected(), 2u);
  EXPECT_EQ(picture.ToStatus(kNow).alerts_firing(), 2u);
  EXPECT_EQ(picture.ToStatus(kNow).checks_critical(), 1u);
  EXPECT_EQ(picture.ToStatus(kNow).checks_ok(), 1u);
  v1::LiveEvent removed;
  removed.set_check_removed("a-b-c/h/unit:x");
  stack(removed.mutable_removed_of(), false);
  EXPECT_TRUE(picture.Apply(removed));
  EXPECT_EQ(picture.ToStatus(kNow).checks_ok(), 0u);
  EXPECT_EQ(picture.ToStatus(kNow).checks_critical(), 1u);
}

}  // namespace
}  // namespace faultline::cli
