// Runs every data/*.timeline: events of one unit in, verdicts out. To add a case, add a file.
//
//   MILLISECONDS properties ACTIVE SUB [job=N] [result=R] [code=N] [status=N] [restarts=N]
//                           [restart=SPAN] [load=L] [since=SECONDS] [type=T] [up=MILLISECONDS]
//   MILLISECONDS job ID [TYPE] | removed ID RESULT | time
//   MILLISECONDS host-stopping | dpkg-at-work | dpkg-done       (no verdict follows)
//        => STATE [REASON] [part of the detail], or => wait
//        evidence PART / since SECONDS                          (of the verdict above)
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "agent/checks/unit_verdict.h"

namespace faultline::checks {
namespace {

class Timeline {
 public:
  void Run(const std::filesystem::path& file) {
    std::ifstream stream(file);
    ASSERT_TRUE(stream.is_open()) << file;
    std::string line;
    int verdicts = 0;
    for (int number = 1; std::getline(stream, line); ++number) {
      SCOPED_TRACE(file.filename().string() + ":" + std::to_string(number) + ": " + line);
      std::istringstream words(line);
      std::string first;
      if (!(words >> first) || first[0] == '#') continue;
      if (first == "=>") {
        ++verdicts;
        ExpectVerdict(words);
      } else if (first == "evidence") {
        ExpectEvidence(Rest(words));
      } else if (first == "since") {
        uint64_t seconds = 0;
        words >> seconds;
        ASSERT_TRUE(verdict_.has_value());
        EXPECT_EQ(verdict_->since_usec, seconds * 1'000'000);
      } else {
        around_.now.ns = std::stoll(first) * 1'000'000;
        std::string event;
        words >> event;
        Play(event, words);
      }
      if (testing::Test::HasFatalFailure()) return;
    }
    EXPECT_GT(verdicts, 0) << "a timeline that expects nothing";
  }

 private:
  static std::string Rest(std::istringstream& words) {
    std::string rest;
    std::getline(words >> std::ws, rest);
    return rest;
  }

  void Play(const std::string& event, std::istringstream& words) {
    uint32_t id = 0;
    std::string word;
    if (event == "properties") {
      verdict_ = unit_.OnProperties(Properties(words), around_);
    } else if (event == "job") {
      words >> id >> word;
      verdict_ = unit_.OnJob(id, word, around_);
    } else if (event == "removed") {
      words >> id >> word;
      verdict_ = unit_.OnJobRemoved(id, word, around_);
    } else if (event == "time") {
      verdict_ = unit_.OnTime(around_);
    } else if (event == "host-stopping") {
      words >> word;
      around_.host_stop = word == "reboot"      ? host::HostStop::kReboot
                          : word == "power-off" ? host::HostStop::kPowerOff
                                                : host::HostStop::kShutdown;
    } else if (event == "dpkg-at-work") {
      around_.dpkg_at_work = [] { return true; };
    } else if (event == "dpkg-done") {
      around_.dpkg_at_work = nullptr;
    } else {
      FAIL() << "unknown event " << event;
    }
  }

  static host::UnitProperties Properties(std::istringstream& words) {
    host::UnitProperties p;
    p.id = "mariadb.service";
    p.load_state = "loaded";
    p.result = "success";
    words >> p.active_state >> p.sub_state;
    std::string field;
    while (words >> field) {
      const size_t equals = field.find('=');
      const std::string name = field.substr(0, equals);
      const std::string value = equals == std::string::npos ? "" : field.substr(equals + 1);
      Span span;
      if (name == "job") {
        p.job_id = static_cast<uint32_t>(std::stoul(value));
      } else if (name == "result") {
        p.result = value;
      } else if (name == "code") {
        p.exec_main_code = std::stoi(value);
      } else if (name == "status") {
        p.exec_main_status = std::stoi(value);
      } else if (name == "restarts") {
        p.restarts = static_cast<uint32_t>(std::stoul(value));
      } else if (name == "restart" && ParseSpan(value, &span)) {
        p.restart_usec = static_cast<uint64_t>(span.ns / 1000);
      } else if (name == "load") {
        p.load_state = value;
      } else if (name == "since") {
        p.state_change_usec = std::stoull(value) * 1'000'000;
      } else if (name == "type") {
        p.service_type = value;
      } else if (name == "up") {
        p.active_enter_monotonic_usec = std::stoull(value) * 1000;
      } else {
        ADD_FAILURE() << "unknown field " << field;
      }
    }
    return p;
  }

  void ExpectVerdict(std::istringstream& words) {
    std::string state;
    std::string reason;
    words >> state >> reason;
    if (state == "wait") {
      ASSERT_FALSE(verdict_.has_value()) << verdict_->reason << ": " << verdict_->detail;
      return;
    }
    ASSERT_TRUE(verdict_.has_value()) << "it waits";
    EXPECT_EQ(StateName(verdict_->state), state) << verdict_->detail;
    EXPECT_EQ(verdict_->reason, reason) << verdict_->detail;
    const std::string part = Rest(words);
    EXPECT_NE(verdict_->detail.find(part), std::string::npos) << verdict_->detail;
    EXPECT_EQ(verdict_->detail.rfind("mysql.service ", 0), 0u) << "starts with the name";
    EXPECT_NE(verdict_->detail.back(), '.');
  }

  void ExpectEvidence(const std::string& part) {
    ASSERT_TRUE(verdict_.has_value());
    for (const std::string& text : verdict_->evidence) {
      if (text.find(part) != std::string::npos) return;
    }
    ADD_FAILURE() << "no such evidence among " << testing::PrintToString(verdict_->evidence);
  }

  Surroundings around_;
  UnitVerdict unit_{"mysql.service"};
  std::optional<Verdict> verdict_;
};

TEST(UnitTimelineTest, EveryTimelineGivesItsVerdicts) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(FAULTLINE_SOURCE_DIR) +
                                                               "/tests/agent/checks/data")) {
    if (entry.path().extension() != ".timeline") continue;
    ++files;
    Timeline().Run(entry.path());
  }
  EXPECT_GE(files, 40) << "where have the timelines gone?";
}

}  // namespace
}  // namespace faultline::checks
