// Which notifications have been delivered lately, so that the ways by memory and by the store do
// not both deliver one.
#pragma once

#include <cstddef>
#include <deque>
#include <set>
#include <string>

#include "collector/incidents/incident.h"

namespace faultline::notify {

// Remembers the newest 4096. One thread.
class DeliveredKeys {
 public:
  // "<dedup_key>/<version>": the same as the webhook's Idempotency-Key.
  static std::string KeyOf(const incidents::Notification& notification) {
    return notification.incident.dedup_key + "/" + std::to_string(notification.version);
  }

  bool Contains(const std::string& key) const { return keys_.count(key) > 0; }

  void Add(const std::string& key) {
    if (!keys_.insert(key).second) return;
    order_.push_back(key);
    if (order_.size() <= kMost) return;
    keys_.erase(order_.front());
    order_.pop_front();
  }

 private:
  static constexpr size_t kMost = 4096;
  std::set<std::string> keys_;
  std::deque<std::string> order_;
};

}  // namespace faultline::notify
