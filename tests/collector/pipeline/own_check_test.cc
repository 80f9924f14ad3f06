// What the collector says of itself becomes an alert, an incident and a message as any other.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collector/model/own_host.h"
#include "collector/pipeline/engine.h"
#include "collector/pipeline/store_watch.h"
#include "tests/collector/pipeline/engine_samples.h"

namespace faultline::pipeline {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

class OwnCheckTest : public testing::Test {
 protected:
  incidents::Moment At(Span after) const { return {kStart + after, MonoTime{1'000} + after}; }

  static model::CheckPicture Full() {
    model::CheckPicture check;
    check.id = StoreCheckId();
    check.state = State::kCritical;
    check.reason = "STORE_FULL";
    check.detail = "/var/lib/f.db: database or disk is full; the collector withholds";
    check.expected["path"] = "/var/lib/f.db";
    check.since = kStart;
    return check;
  }
  static model::CheckPicture Well(WallTime now) {
    model::CheckPicture check;
    check.id = StoreCheckId();
    check.state = State::kOk;
    check.detail = "the collector writes its history";
    check.since = now;
    return check;
  }
  // All that is told until `after`, with the rest of what came out last.
  std::vector<incidents::Notification> Run(Engine& engine, Span from, Span to) {
    std::vector<incidents::Notification> told;
    for (Span at = from; at < to; at = Span{at.ns + Span::Millis(100).ns}) {
      engine.Tick(At(at));
      Keep(engine.Take(At(at)), &told);
    }
    return told;
  }
  void Keep(EngineOutput output, std::vector<incidents::Notification>* told) {
    for (auto& notification : output.commit.outbox) told->push_back(notification);
    for (const auto& alert : output.commit.alerts) alerts_[alert.id] = alert;
    hosts_written_ += output.commit.hosts.size();
    if (output.picture != nullptr) picture_ = output.picture;
  }

  std::map<std::string, rules::Alert> alerts_;
  size_t hosts_written_ = 0;
  std::shared_ptr<const Picture> picture_;
};

TEST_F(OwnCheckTest, AFailingStoreIsAPageWithWhatToDoAndEndsWhenItIsWell) {
  Engine engine({}, store::Loaded{}, At({}));
  engine.NoteOwn(Full(), At({}));
  std::vector<incidents::Notification> told;
  Keep(engine.Take(At({})), &told);
  ASSERT_THAT(told, SizeIs(1));
  const incidents::Incident& opened = told[0].incident;
  EXPECT_EQ(opened.severity, rules::Severity::kCritical);
  EXPECT_THAT(opened.title,
              StartsWith("CRITICAL faultline: the collector's history cannot be written: its disk "
                         "is full. "));
  EXPECT_THAT(opened.text, HasSubstr("Do: (on the collector's host)\n    df -h /var/lib/f.db\n"));
  ASSERT_TRUE(picture_->hosts.contains(model::CollectorsOwn()));
  EXPECT_EQ(hosts_written_, 0u) << "it is no host of an agent";

  engine.NoteOwn(Full(), At(Span::Seconds(1)));
  EXPECT_EQ(engine.Take(At(Span::Seconds(1))).picture, nullptr) << "the same again is no news";

  engine.NoteOwn(Well(kStart + Span::Seconds(30)), At(Span::Seconds(30)));
  Keep(engine.Take(At(Span::Seconds(30))), &told);
  for (const auto& each : Run(engine, Span::Seconds(30), Span::Seconds(50))) told.push_back(each);
  ASSERT_THAT(told, SizeIs(2));
  EXPECT_EQ(told[1].event, incidents::NotificationEvent::kResolved);
  EXPECT_THAT(told[1].incident.title,
              StartsWith("RESOLVED faultline: the collector's history is well again after 30 s."));
  EXPECT_FALSE(picture_->hosts.contains(model::CollectorsOwn()));
  EXPECT_THAT(picture_->open_incidents, IsEmpty());
}

TEST_F(OwnCheckTest, WhileAllIsWellThereIsNothingToSee) {
  Engine engine({}, store::Loaded{}, At({}));
  engine.Take(At({}));
  engine.NoteOwn(Well(kStart), At(Span::Seconds(1)));
  EXPECT_EQ(engine.Take(At(Span::Seconds(1))).picture, nullptr);
}

TEST_F(OwnCheckTest, WhatAnEarlierRunLeftEnds) {
  store::Loaded loaded;
  {
    Engine engine({}, store::Loaded{}, At({}));
    engine.NoteOwn(Full(), At({}));
    EngineOutput output = engine.Take(At({}));
    loaded.alerts = output.commit.alerts;
    loaded.incidents = output.commit.incidents;
    loaded.last_incident_id = loaded.incidents.at(0).id;
  }
  Engine engine({}, std::move(loaded), At(Span::Seconds(60)));
  engine.NoteOwn(Well(kStart + Span::Seconds(60)), At(Span::Seconds(60)));
  std::vector<incidents::Notification> told;
  Keep(engine.Take(At(Span::Seconds(60))), &told);
  for (const auto& each : Run(engine, Span::Seconds(60), Span::Seconds(80))) told.push_back(each);
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told[0].event, incidents::NotificationEvent::kResolved);
  EXPECT_THAT(picture_->open_incidents, IsEmpty());
}

TEST_F(OwnCheckTest, AnotherReasonIsTheSameIncident) {
  Engine engine({}, store::Loaded{}, At({}));
  engine.NoteOwn(Full(), At({}));
  engine.Take(At({}));
  model::CheckPicture other = Full();
  other.reason = "STORE_IO_ERROR";
  engine.NoteOwn(other, At(Span::Seconds(20)));
  std::vector<incidents::Notification> told;
  Keep(engine.Take(At(Span::Seconds(20))), &told);
  EXPECT_THAT(picture_->open_incidents, SizeIs(1));
}

}  // namespace
}  // namespace faultline::pipeline
