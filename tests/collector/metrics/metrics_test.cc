#include "collector/metrics/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <set>
#include <sstream>

#include "tests/fakes/fixed_pictures.h"
#include "tests/fakes/shop_stack.h"

namespace faultline::metrics {
namespace {

using namespace fakes;
using ::testing::HasSubstr;
using ::testing::Not;

class MetricsTest : public ::testing::Test {
 protected:
  MetricsSources Sources() {
    return {
        .pictures = pictures_,
        .version = "0.1.0",
        .ingest = [] { return IngestNumbers{.streams = 2, .accepted = 5}; },
        .channels =
            [] {
              return std::vector<ChannelNumbers>{
                  {.channel = "pa\"ger\n", .delivered = 3, .oldest_seconds = 7, .failing = true}};
            },
        .feed = [] { return FeedNumbers{.readers = 1, .events = 9}; },
        .store_works = [] { return true; },
        .enrolment =
            [] {
              EnrolmentNumbers numbers{
                  .active_tokens = 2, .authority_end_seconds = 2e9, .nearest_end_seconds = 1.9e9};
              numbers.outcomes[{"enrol", "issued"}] = 3;
              numbers.outcomes[{"renew", "certificate_revoked"}] = 1;
              return numbers;
            },
        .reload = [] { return ReloadNumbers{.is_refused = true, .success_seconds = 1.8e9}; }};
  }
  std::string Text() {
    std::string text;
    metrics_.Write([&](std::string_view piece) { text += piece; });
    return text;
  }

  FixedPictures pictures_;
  Metrics metrics_{Sources()};
};

// Every family has its head once and its samples together, and no series is there twice.
void ExpectWellFormed(const std::string& text) {
  std::set<std::string> families, series;
  std::string family, line;
  std::istringstream lines(text);
  while (std::getline(lines, line)) {
    if (line.rfind("# HELP ", 0) == 0) {
      family = line.substr(7, line.find(' ', 7) - 7);
      EXPECT_TRUE(families.insert(family).second) << "twice: " << family;
    } else if (line.rfind("# TYPE ", 0) == 0) {
      EXPECT_EQ(line.substr(7, line.find(' ', 7) - 7), family);
    } else {
      EXPECT_EQ(line.rfind(family, 0), 0u) << line << " is not of " << family;
      const std::string name = line.substr(0, line.rfind(' '));
      EXPECT_TRUE(series.insert(name).second) << "twice: " << name;
    }
  }
  EXPECT_EQ(text.back(), '\n');
}

TEST_F(MetricsTest, AnEmptyFleetHasTheCollectorsOwnNumbers) {
  const std::string text = Text();
  ExpectWellFormed(text);
  EXPECT_THAT(text, HasSubstr("faultline_build_info{version=\"0.1.0\"} 1"));
  EXPECT_THAT(text, HasSubstr("faultline_ingest_streams 2"));
  EXPECT_THAT(text,
              HasSubstr("faultline_notifications_delivered_total{channel=\"pa\\\"ger\\n\"} 3"));
  EXPECT_THAT(text, HasSubstr("faultline_notification_oldest_seconds{channel=\"pa\\\"ger\\n\"} 7"));
  EXPECT_THAT(text, HasSubstr("faultline_notification_channel_up{channel=\"pa\\\"ger\\n\"} 0"));
  EXPECT_THAT(text, HasSubstr("process_resident_memory_bytes "));
  EXPECT_THAT(text, HasSubstr("faultline_store_up 1"));
  EXPECT_THAT(text, Not(HasSubstr("faultline_host_up{")));
}

TEST_F(MetricsTest, SourcesThatAreNotThereLeaveTheirSeriesOut) {
  Metrics bare({.pictures = pictures_, .version = "1"});
  std::string text;
  bare.Write([&](std::string_view piece) { text += piece; });
  ExpectWellFormed(text);
  EXPECT_THAT(text, Not(HasSubstr("faultline_ingest")));
  EXPECT_THAT(text, HasSubstr("faultline_pipeline_queue_length 0"));
}

TEST_F(MetricsTest, AStoppedDatabaseIsSeenInTheSeries) {
  pictures_.Set(DatabaseStopped());
  const std::string text = Text();
  ExpectWellFormed(text);
  const std::string host = "stack=\"shop\",env=\"prod\",host=\"db-1\"";
  EXPECT_THAT(text, HasSubstr("faultline_host_up{" + host + "} 1\n"));
  EXPECT_THAT(text, HasSubstr("faultline_check_status{" + host +
                              ",kind=\"unit\",target=\"mysql.service\",subject=\"database\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("faultline_port_probe_duration_seconds{stack=\"shop\",env=\"prod\","
                              "host=\"app-1\",kind=\"port\",target=\"10.0.2.10:3306\","
                              "subject=\"database\"} 0.00041\n"));
  EXPECT_THAT(text, HasSubstr("faultline_alerts{stack=\"shop\",env=\"prod\",state=\"firing\","
                              "severity=\"critical\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("faultline_alerts{stack=\"shop\",env=\"prod\",state=\"pending\","
                              "severity=\"warning\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("faultline_incident_open{stack=\"shop\",env=\"prod\","
                              "subject=\"database\",severity=\"critical\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("faultline_host_clock_offset_seconds{" + host + "} 0.003\n"));
}

TEST_F(MetricsTest, AGaugeThatNamesItsKindSaysItOnce) {
  model::HostPicture db = DbHost();
  db.checks[kMysqlUnit].gauges = {{"unit_restarts_total", 2}, {"unit_", 3}, {"unitary", 4}};
  pictures_.Set(PictureOf({db}));
  const std::string text = Text();
  ExpectWellFormed(text);
  EXPECT_THAT(text, HasSubstr("# TYPE faultline_unit_restarts_total counter\n"));
  EXPECT_THAT(text, HasSubstr("\nfaultline_unit_unit_{"));
  EXPECT_THAT(text, HasSubstr("\nfaultline_unit_unitary{"));
}

TEST_F(MetricsTest, TheNewestSignOfACheckIsWhatAnAlertOnStalenessNeeds) {
  model::HostPicture app = AppHost();  // heard a second after its checks were seen
  const std::string told = "target=\"nginx.service\",subject=\"site\"} ";
  const std::string looked = "target=\"10.0.2.10:3306\",subject=\"database\"} ";
  const auto observed = [&](const std::string& labels) {
    pictures_.Set(PictureOf({app}));
    const std::string text = Text();
    const size_t family = text.find("# TYPE faultline_check_observed_timestamp_seconds");
    const size_t at = text.find(labels, family) + labels.size();
    return text.substr(at, text.find('\n', at) - at);
  };
  const auto seconds = [](WallTime time) {
    std::string text;
    AppendNumber(static_cast<double>(time.ns) / 1e9, &text);
    return text;
  };
  EXPECT_EQ(observed(told), seconds(app.last_heard)) << "the agent would have told of a change";
  EXPECT_EQ(observed(looked), seconds(app.checks[kMysqlPort].observed)) << "it has to look";
  app.link = model::LinkState::kSilent;
  const CheckId nginx{"unit", "nginx.service", ""};
  EXPECT_EQ(observed(told), seconds(app.checks[nginx].observed));
}

TEST_F(MetricsTest, AGaugeOfANewerAgentIsServedWithoutItsMeaning) {
  model::HostPicture db = DbHost();
  const CheckId id{"quantum", "cat", ""};
  db.checks[id] = OkCheck(id, "x");
  db.checks[id].gauges = {{"alive", 0.5}};
  pictures_.Set(PictureOf({db}));
  EXPECT_THAT(Text(), HasSubstr("# HELP faultline_quantum_alive What quantum checks measured.\n"));
}

TEST_F(MetricsTest, ASilentHostIsDownAndItsMeasurementsEnd) {
  model::HostPicture app = AppHost();
  app.link = model::LinkState::kSilent;
  pictures_.Set(PictureOf({app, DbHost()}));
  const std::string text = Text();
  EXPECT_THAT(text, HasSubstr("faultline_host_up{stack=\"shop\",env=\"prod\",host=\"app-1\"} 0\n"));
  EXPECT_THAT(text, Not(HasSubstr("faultline_port_probe_duration_seconds{")));
  EXPECT_THAT(text, HasSubstr("target=\"nginx.service\",subject=\"site\"} 0\n"));
}

TEST_F(MetricsTest, LabelsFollowTheChecksAsTheyChange) {
  pictures_.Set(AllWell());
  Text();
  model::HostPicture db = DbHost();
  db.checks.erase(kMysqlUnit);
  db.checks[CheckId{"listener", "3306", ""}].subject = "other";
  db.checks[CheckId{"unit", "new.service", "n"}] = OkCheck({"unit", "new.service", "n"}, "x");
  pictures_.Set(PictureOf({db}));
  const std::string text = Text();
  ExpectWellFormed(text);
  EXPECT_THAT(text, Not(HasSubstr("mysql.service")));
  EXPECT_THAT(text, Not(HasSubstr("app-1")));
  EXPECT_THAT(text, HasSubstr("target=\"3306\",subject=\"other\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("target=\"new.service\",name=\"n\",subject=\"x\"} 0\n"));
}

pipeline::Picture Hostile() {
  model::HostPicture db = StoppedDbHost();
  db.identity.role = "\"} 1\n# TYPE evil counter\n";
  db.agent_version = std::string("\xff\x00\x1b[2J", 6);
  model::CheckPicture& unit = db.checks[kMysqlUnit];
  unit.gauges = {
      {"a", std::nan("")}, {"a", 2}, {"odd name\n", std::numeric_limits<double>::infinity()},
      {"odd_name_", -1},   {"", 1},  {"events_total", 7}};
  const CheckId evil{"check", "\\\"\n{}", ""};
  db.checks[evil] = OkCheck(evil, "a\\");
  db.checks[evil].gauges = {{"status", 5}};
  return PictureOf({AppHost(), db});
}

TEST_F(MetricsTest, HostileTextNeverLeavesItsPlace) {
  pictures_.Set(Hostile());
  const std::string text = Text();
  ExpectWellFormed(text);
  EXPECT_THAT(text, HasSubstr("subject=\"database\"} NaN\n"));
  EXPECT_THAT(text, HasSubstr("} +Inf\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE faultline_unit_events_total counter\n"));
  EXPECT_THAT(text, HasSubstr("target=\"\\\\\\\" {}\""));
  EXPECT_THAT(text, Not(HasSubstr("\n# TYPE evil")));
  EXPECT_THAT(text, Not(HasSubstr("} 5\n")));  // would be in faultline_check_status
}

TEST_F(MetricsTest, RequestsAreCountedByRouteAndStatus) {
  metrics_.CountRequest("status", 200, 0.002);
  metrics_.CountRequest("status", 200, 0.002);
  metrics_.CountRequest("other", 404, 0.0001);
  const std::string text = Text();
  EXPECT_THAT(text, HasSubstr("faultline_http_requests_total{code=\"200\",route=\"status\"} 2"));
  EXPECT_THAT(text, HasSubstr("faultline_http_requests_total{code=\"404\",route=\"other\"} 1"));
  EXPECT_THAT(text, HasSubstr("faultline_http_request_duration_seconds_count{route=\"status\"} 2"));
}

TEST_F(MetricsTest, RequestsThatThereCanBeBeginAtNought) {
  metrics_.ExpectRequests("status", {200, 503});
  std::string text = Text();
  EXPECT_THAT(text, HasSubstr("faultline_http_requests_total{code=\"503\",route=\"status\"} 0"));
  EXPECT_THAT(text, HasSubstr("faultline_http_request_duration_seconds_count{route=\"status\"} 0"));
  metrics_.CountRequest("status", 503, 0.002);
  text = Text();
  ExpectWellFormed(text);
  EXPECT_THAT(text, HasSubstr("faultline_http_requests_total{code=\"503\",route=\"status\"} 1"));
}

TEST_F(MetricsTest, JoiningIsCountedByCallAndResult) {
  const std::string text = Text();
  EXPECT_THAT(text, HasSubstr("faultline_collector_enrolments_total{call=\"enrol\",result="
                              "\"issued\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("faultline_collector_enrolments_total{call=\"renew\",result="
                              "\"certificate_revoked\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("faultline_collector_tokens_active 2\n"));
  EXPECT_THAT(
      text,
      HasSubstr("faultline_collector_certificate_nearest_end_timestamp_seconds 1900000000\n"));
}

TEST_F(MetricsTest, PromtoolFindsNothingToSay) {
  if (std::system("command -v promtool >/dev/null 2>&1") != 0) {
    GTEST_SKIP() << "promtool is not installed (Debian package prometheus)";
  }
  pipeline::Picture picture = Hostile();
  const pipeline::Picture stopped = DatabaseStopped();
  picture.alerts = stopped.alerts;
  picture.open_incidents = stopped.open_incidents;
  pictures_.Set(picture);
  metrics_.CountRequest("status", 200, 0.002);
  const std::string file = ::testing::TempDir() + "/faultline_metrics_test.txt";
  const std::string text = Text();
  std::FILE* out = std::fopen(file.c_str(), "w");
  ASSERT_NE(out, nullptr);
  std::fwrite(text.data(), 1, text.size(), out);
  std::fclose(out);
  EXPECT_EQ(std::system(("promtool check metrics < '" + file + "'").c_str()), 0);
  std::remove(file.c_str());
}

}  // namespace
}  // namespace faultline::metrics
