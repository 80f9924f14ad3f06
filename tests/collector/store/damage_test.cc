// A damaged history is set aside, and the collector has one that works.
#include "collector/store/damage.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "collector/store/sqlite.h"
#include "gmock/gmock.h"
#include "tests/collector/store/store_samples.h"

namespace faultline::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

class DamageTest : public StoreTest {
 protected:
  std::string path() const { return Options().path; }
  std::string Read(const std::string& file) const {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void Write(const std::string& file, const std::string& text) const {
    std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
  }
  // A database that was closed, with some of everything.
  void MakeHistory() const {
    auto store = MustOpen(Options());
    Commit commit;
    commit.incidents = {SampleIncident(42), SampleIncident(43)};
    commit.outbox = {SampleNotification(42, 1)};
    commit.alerts = {SampleAlert()};
    for (uint64_t seq = 1; seq < 300; ++seq) commit.transitions.push_back(SampleTransition(seq));
    ASSERT_TRUE(CommitAndWait(*store, commit));
  }
};

TEST_F(DamageTest, WhatIsNoDatabaseIsSetAsideWholeAndANewOneBegun) {
  Write(path(), std::string(8192, 'x'));
  auto store = MustOpen(Options());
  ASSERT_NE(store, nullptr);
  const std::vector<std::string> aside = store->Health().set_aside;
  ASSERT_THAT(aside, SizeIs(1));
  EXPECT_THAT(aside[0], StartsWith(path() + ".damaged-2"));
  EXPECT_EQ(Read(aside[0]), std::string(8192, 'x'));
  Commit commit;
  commit.incidents = {SampleIncident(1)};
  EXPECT_TRUE(CommitAndWait(*store, commit));
  struct stat info {};
  ASSERT_EQ(stat(path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(DamageTest, AHistoryThatIsWellStays) {
  MakeHistory();
  auto store = MustOpen(Options());
  EXPECT_THAT(store->Health().set_aside, IsEmpty());
  EXPECT_TRUE(store->GetIncident(43).ok());
}

TEST_F(DamageTest, WhicheverBytesAreBrokenTheCollectorHasAHistory) {
  MakeHistory();
  const std::string whole = Read(path());
  std::mt19937 random(20261201);
  size_t set_aside = 0;
  for (int run = 0; run < 150; ++run) {
    std::string broken = whole;
    // Half of them where the database says what it holds.
    const size_t within = run % 2 == 0 ? 4096 : broken.size();
    for (int n = 0; n < 4; ++n) broken[random() % within] = static_cast<char>(random());
    // Its schema's number is a word of its own: a newer one is refused, whatever wrote it.
    broken.replace(60, 4, whole, 60, 4);
    Write(path(), broken);
    static const SystemClock clock;
    auto store = OpenSqliteStore(Options(), clock);
    ASSERT_TRUE(store.ok()) << run << ": " << store.status();
    ASSERT_TRUE((*store)->Load().ok()) << run;
    set_aside += (*store)->Health().set_aside.size();
    store->reset();
    for (const std::string& file : FilesSetAside(path())) std::filesystem::remove(file);
  }
  EXPECT_GT(set_aside, 30u);
}

TEST_F(DamageTest, ATruncatedHistoryIsSetAside) {
  MakeHistory();
  const std::string whole = Read(path());
  Write(path(), whole.substr(0, whole.size() / 2));
  EXPECT_THAT(MustOpen(Options())->Health().set_aside, SizeIs(1));
}

TEST_F(DamageTest, AtMostThreeAreKeptTheOldestGoesAndItsLogWithIt) {
  for (int64_t day = 1; day <= 5; ++day) {
    Write(path(), "broken " + std::to_string(day));
    Write(path() + "-wal", "its log");
    ASSERT_TRUE(SetAside(path(), At(1'800'000'000 + day * 86'400)).ok());
  }
  const std::vector<std::string> aside = FilesSetAside(path());
  ASSERT_THAT(aside, SizeIs(3));
  EXPECT_EQ(Read(aside[0]), "broken 5");
  EXPECT_EQ(Read(aside[2]), "broken 3");
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory_.path())) {
    files += entry.path().string().find(".damaged-") != std::string::npos ? 1 : 0;
  }
  EXPECT_EQ(files, 6u) << "three, each with its log";
}

TEST_F(DamageTest, TwoInOneSecondHaveTwoNames) {
  Write(path(), "one");
  const auto one = SetAside(path(), At(1'800'000'000));
  Write(path(), "two");
  const auto two = SetAside(path(), At(1'800'000'000));
  ASSERT_TRUE(one.ok() && two.ok());
  EXPECT_EQ(Read(*one), "one");
  EXPECT_EQ(Read(*two), "two");
}

TEST_F(DamageTest, WhatWasFoundBrokenWhileItRanIsSetAsideAtTheNextStart) {
  MakeHistory();
  NoteDamage(path());
  EXPECT_THAT(MustOpen(Options())->Health().set_aside, SizeIs(1));
  EXPECT_FALSE(IsDamageNoted(path())) << "once";
}

}  // namespace
}  // namespace faultline::store
