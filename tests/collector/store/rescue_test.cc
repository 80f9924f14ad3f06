// What was told while the store could not be written is known after a restart.
#include "collector/store/rescue.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "gmock/gmock.h"
#include "tests/collector/store/store_samples.h"

namespace faultline::store {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// A file may not grow past what it is: as on a full disk, what is written in place succeeds.
class NoGrowth {
 public:
  explicit NoGrowth(rlim_t bytes) {
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit narrow{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &narrow);
  }
  ~NoGrowth() { setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

class RescueTest : public StoreTest {
 protected:
  static OutboxMark Told(uint64_t incident, uint32_t version, bool over = false,
                         const std::string& channel = "pager") {
    incidents::Notification said = SampleNotification(incident, version);
    said.incident.notifications = version;
    said.incident.alerts[0].incident = said.incident.alerts[1].incident = incident;
    if (over) said.incident.state = incidents::IncidentState::kResolved;
    OutboxMark mark;
    mark.channel = channel;
    mark.incident = incident;
    mark.version = version;
    mark.at = At(5);
    mark.unsaved = std::make_shared<const incidents::Notification>(std::move(said));
    return mark;
  }
  std::string path_ = directory_ / "faultline.db.told";
};

TEST_F(RescueTest, ItsRoomIsTakenOnceAndIsPrivate) {
  Rescue::Open(path_);
  const auto size = std::filesystem::file_size(path_);
  EXPECT_GE(size, 400u << 10);
  EXPECT_LE(size, 1u << 20);
  EXPECT_GE(std::filesystem::file_size(path_ + "-journal"), 400u << 10);
  for (const char* suffix : {"", "-journal"}) {
    struct stat info {};
    ASSERT_EQ(stat((path_ + suffix).c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600u) << suffix;
  }
  for (int again = 0; again < 3; ++again) Rescue::Open(path_);
  EXPECT_EQ(std::filesystem::file_size(path_), size);
}

TEST_F(RescueTest, KeepsWithinItsRoomAndGivesBackWhatItKept) {
  {
    Rescue rescue = Rescue::Open(path_);
    const auto size = std::filesystem::file_size(path_);
    NoGrowth full(size);
    for (uint64_t incident = 1; incident <= 30; ++incident) rescue.Keep(Told(incident, 1));
    rescue.Keep(Told(3, 2, true));
    rescue.Keep(Told(3, 1, false, "chat"));
    EXPECT_EQ(std::filesystem::file_size(path_), size);
  }
  Rescue rescue = Rescue::Open(path_);
  const std::vector<OutboxMark> kept = rescue.Kept();
  ASSERT_THAT(kept, SizeIs(31));
  EXPECT_EQ(kept[0].incident, 1u);
  EXPECT_EQ(kept[0].unsaved->incident.dedup_key, SampleIncident(1).dedup_key);
  EXPECT_THAT(kept[0].unsaved->incident.alerts, SizeIs(2));
  for (const OutboxMark& mark : kept) {
    if (mark.incident != 3) continue;
    EXPECT_EQ(mark.version, mark.channel == "pager" ? 2u : 1u);
    EXPECT_EQ(mark.unsaved->incident.state, incidents::IncidentState::kResolved);
  }
  rescue.Clear();
  EXPECT_THAT(rescue.Kept(), IsEmpty());
  EXPECT_THAT(Rescue::Open(path_).Kept(), IsEmpty());
}

TEST_F(RescueTest, ADamagedOneIsMadeAnew) {
  std::ofstream(path_) << std::string(8192, 'x');
  Rescue rescue = Rescue::Open(path_);
  rescue.Keep(Told(1, 1));
  EXPECT_THAT(Rescue::Open(path_).Kept(), SizeIs(1));
}

TEST_F(RescueTest, WhatIsAddedKeepsTheOrderOfWhatWasLoaded) {
  Loaded loaded;
  loaded.incidents = {SampleIncident(43)};
  AddRescued({Told(42, 2, true), Told(44, 1)}, loaded);
  ASSERT_THAT(loaded.incidents, SizeIs(3));
  for (uint64_t i = 0; i < 3; ++i) EXPECT_EQ(loaded.incidents[i].id, 42 + i);
  for (size_t i = 1; i < loaded.alerts.size(); ++i) {
    EXPECT_LT(loaded.alerts[i - 1].id, loaded.alerts[i].id);
  }
}

TEST_F(RescueTest, WhatWasToldFromMemoryIsKnownAfterARestart) {
  {
    auto store = MustOpen(Options());
    Commit before;
    before.incidents = {SampleIncident(42)};
    before.incidents[0].notifications = 1;
    ASSERT_TRUE(CommitAndWait(*store, before));
    NoGrowth full(std::filesystem::file_size(Options().path + ".told"));
    // Nothing fits into the log any more.
    Commit large;
    for (uint64_t seq = 1; seq < 9000; ++seq) large.transitions.push_back(SampleTransition(seq));
    store->Submit(large, nullptr);
    store->Mark(Told(42, 2, true), nullptr);
    store->Mark(Told(43, 1), nullptr);
    store.reset();
  }
  auto store = MustOpen(Options());
  const auto loaded = store->Load();
  ASSERT_TRUE(loaded.ok());
  ASSERT_THAT(loaded->incidents, SizeIs(2));
  EXPECT_EQ(loaded->incidents[0].id, 42u);
  EXPECT_EQ(loaded->incidents[0].state, incidents::IncidentState::kResolved);
  EXPECT_EQ(loaded->incidents[1].id, 43u);
  EXPECT_EQ(loaded->incidents[1].notifications, 1u);
  EXPECT_THAT(loaded->alerts, SizeIs(2));
  EXPECT_EQ(loaded->last_incident_id, 43u);
  ASSERT_TRUE(CommitAndWait(*store, {}));
  EXPECT_EQ(store->Told("pager", 42)->version, 2u);
  EXPECT_EQ(store->Told("pager", 43)->version, 1u);
  EXPECT_TRUE(store->GetIncident(43).ok());
  // Its end is news, and written.
  Commit end;
  end.outbox = {Told(43, 2, true).unsaved ? *Told(43, 2, true).unsaved : incidents::Notification()};
  ASSERT_TRUE(CommitAndWait(*store, end));
  const auto window = store->Window("pager", [](const Waiting&) { return false; });
  ASSERT_THAT(*window, SizeIs(1));
  EXPECT_EQ((*window)[0].urgency, Urgency::kNews);
  store.reset();
  EXPECT_THAT(Rescue::Open(Options().path + ".told").Kept(), IsEmpty());
}

TEST_F(RescueTest, WhatTheStoreKnowsBetterStaysAndANumberIsNotTakenFromAnother) {
  std::vector<OutboxMark> kept = {Told(42, 1), Told(43, 1), Told(44, 2)};
  Loaded loaded;
  incidents::Incident newer = SampleIncident(42);
  newer.notifications = 3;
  incidents::Incident other = SampleIncident(43);
  other.dedup_key = "another";
  other.notifications = 0;
  loaded.incidents = {newer, other};
  loaded.last_incident_id = 43;
  AddRescued(kept, loaded);
  ASSERT_THAT(loaded.incidents, SizeIs(3));
  EXPECT_EQ(loaded.incidents[0].notifications, 3u);
  EXPECT_EQ(loaded.incidents[1].dedup_key, "another");
  EXPECT_EQ(loaded.incidents[2].id, 44u);
  EXPECT_EQ(loaded.last_incident_id, 44u);
}

}  // namespace
}  // namespace faultline::store
