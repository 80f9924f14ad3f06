// A listener that writes down what a log source tells.
#pragma once

#include <string>
#include <vector>

#include "agent/host/log_source.h"

namespace faultline::host {

class RecordingLog : public LogListener {
 public:
  void OnLine(const LogLine& line) override {
    lines.emplace_back(line.text);
    times.push_back(line.at);
    priorities.push_back(line.priority);
  }
  void OnCaughtUp() override {
    ++caught_up;
    unavailable = absl::OkStatus();
  }
  void OnGap(const std::string& why, WallTime /*from*/, WallTime /*to*/) override {
    gaps.push_back(why);
  }
  void OnUnavailable(const absl::Status& why) override { unavailable = why; }

  std::vector<std::string> lines;
  std::vector<WallTime> times;
  std::vector<int> priorities;
  std::vector<std::string> gaps;
  int caught_up = 0;
  absl::Status unavailable;  // as told last
};

}  // namespace faultline::host
