// When which alert is due to be judged again. Belongs to the engine's thread.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/clock.h"

namespace faultline::pipeline {

class Deadlines {
 public:
  void Set(const std::string& id, WallTime due) {
    Clear(id);
    due_.insert({due, id});
    of_.emplace(id, due);
  }

  void Clear(const std::string& id) {
    const auto it = of_.find(id);
    if (it == of_.end()) return;
    due_.erase({it->second, id});
    of_.erase(it);
  }

  // The next id that is due at `now`, which is then cleared.
  std::optional<std::string> Pop(WallTime now) {
    if (due_.empty() || due_.begin()->first > now) return std::nullopt;
    std::string id = due_.begin()->second;
    Clear(id);
    return id;
  }

  std::optional<WallTime> Next() const {
    if (due_.empty()) return std::nullopt;
    return due_.begin()->first;
  }

 private:
  std::set<std::pair<WallTime, std::string>> due_;
  std::map<std::string, WallTime> of_;
};

}  // namespace faultline::pipeline
