// What an agent saw while no collector heard it is told with its true times, however late.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstdlib>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "agent/spool/spool.h"
#include "agent/wire.h"
#include "tests/fakes/http_receiver.h"
#include "tests/fakes/temp_directory.h"
#include "tests/integration/whole_path.h"

namespace faultline {
namespace {

constexpr Span kDay = Span::Seconds(86400);
// The estimate of the agent's clock, both ends being this machine's.
constexpr int64_t kClockNs = 1'000'000'000;

struct Row {
  int64_t at = 0;
  int64_t host_time = 0;
  bool late = false;
};

class ReplayTest : public testing::Test {
 protected:
  void SetUp() override { MakeCertificates(temp_.path() + "/tls"); }

  std::string Target() const { return absl::StrCat("127.0.0.1:", demo_.port()); }

  // As an agent that ran at `when` has left it in its spool.
  void SawThen(WallTime when, State state) {
    auto spool = spool::Spool::Open({.directory = temp_.path() + "/app-1/spool"});
    ASSERT_TRUE(spool.ok()) << spool.status();
    checks::Observation seen;
    seen.state = state;
    if (state != State::kOk) seen.reason = "REFUSED";
    seen.observed = seen.since = when;
    seen.boottime_ns = 1;
    (*spool)->Append(v1::STREAM_TRANSITIONS,
                     agent::TransitionRecord({.kind = "port", .target = Target()}, seen, "a-boot"));
    ASSERT_TRUE((*spool)->Flush().ok());
  }

  // Runs agent and collector until so many transitions are stored, the last of them the agent's
  // present word; gives them.
  std::vector<Row> Replay(size_t expected) {
    config::CollectorConfig config = TestCollectorConfig(
        temp_.path(), absl::StrCat("http://127.0.0.1:", pager_.port(), "/hook"));
    auto collector = collector::Collector::Start(config, clock_);
    EXPECT_TRUE(collector.ok()) << collector.status();
    if (!collector.ok()) return {};
    RunningAgent agent(TestAgentConfig(temp_.path(), "app-1", (*collector)->agents_port(),
                                       absl::StrCat("  - {kind: port, target: \"", Target(),
                                                    "\", interval: 100ms, subject: database}\n")),
                       clock_);
    const auto all_there = [&] {
      return Stored(config.store_path).size() >= expected &&
             absl::StrContains(HttpGet((*collector)->http_port(), "/api/v1/checks"), "STATE_OK");
    };
    EXPECT_TRUE(Eventually(all_there, 30'000));
    incidents_ = HttpGet((*collector)->http_port(), "/api/v1/incidents");
    return Stored(config.store_path);
  }

  static std::vector<Row> Stored(const std::string& path) {
    std::vector<Row> rows;
    sqlite3* db = nullptr;
    sqlite3_stmt* query = nullptr;
    if (sqlite3_open_v2(path.c_str(), &db, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK &&
        sqlite3_prepare_v2(db, "SELECT at, host_time, late FROM transitions ORDER BY seq", -1,
                           &query, nullptr) == SQLITE_OK) {
      while (sqlite3_step(query) == SQLITE_ROW) {
        rows.push_back({sqlite3_column_int64(query, 0), sqlite3_column_int64(query, 1),
                        sqlite3_column_int(query, 2) != 0});
      }
    }
    sqlite3_finalize(query);
    sqlite3_close(db);
    return rows;
  }

  const SystemClock clock_;
  fakes::TempDirectory temp_;
  fakes::HttpReceiver pager_;
  DemoPort demo_;
  std::string incidents_;
};

TEST_F(ReplayTest, AnOutageOfThreeDaysAgoKeepsItsTimesAndIsMarkedLate) {
  const WallTime began = clock_.Now() - Span{3 * kDay.ns};
  const WallTime ended = began + Span::Seconds(600);
  ASSERT_NO_FATAL_FAILURE(SawThen(began, State::kCritical));
  ASSERT_NO_FATAL_FAILURE(SawThen(ended, State::kOk));
  const std::vector<Row> rows = Replay(3);
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].host_time, began.ns);
  EXPECT_EQ(rows[1].host_time, ended.ns);
  EXPECT_LT(std::abs(rows[0].at - began.ns), kClockNs);
  EXPECT_LT(std::abs(rows[1].at - ended.ns), kClockNs);
  EXPECT_TRUE(rows[0].late);
  EXPECT_TRUE(rows[1].late);
  // The incident bears the day on which it was, and is over.
  EXPECT_TRUE(absl::StrContains(incidents_, FormatRfc3339(began).substr(0, 10))) << incidents_;
  EXPECT_FALSE(absl::StrContains(incidents_, "STATE_OPEN")) << incidents_;
}

TEST_F(ReplayTest, WhatAClockSetInTheFutureDatedIsNotLaterThanItsArrival) {
  const WallTime tomorrow = clock_.Now() + kDay;
  ASSERT_NO_FATAL_FAILURE(SawThen(tomorrow, State::kCritical));
  const int64_t before = clock_.Now().ns;
  const std::vector<Row> rows = Replay(2);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].host_time, tomorrow.ns);
  EXPECT_GE(rows[0].at, before);
  EXPECT_LE(rows[0].at, clock_.Now().ns);
}

}  // namespace
}  // namespace faultline
