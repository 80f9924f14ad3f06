// Notifications that the store could not be given, for one channel.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "collector/store/store.h"

namespace faultline::notify {

// One thread. Who adds sees to it that they are not too many.
class UnsavedMessages {
 public:
  // `store` must outlive this.
  UnsavedMessages(std::string channel, store::Store& store)
      : channel_(std::move(channel)), store_(store) {}

  // The newest of an incident takes the place of an older one. `is_known`: whether the channel
  // knows of the incident, where the store may not say so yet; see Queue.
  void Add(incidents::Notification notification, std::optional<bool> is_known);
  // What has become durable comes by the store.
  void DropSaved();

  void AddTo(std::vector<store::Waiting>& window) const;
  // Null when there is none of just this version.
  const incidents::Notification* Find(uint64_t incident, uint32_t version) const;
  // The incident was told up to `version`, or is not told. What was unsaved until then, or null.
  std::shared_ptr<const incidents::Notification> Take(uint64_t incident, uint32_t version);

  size_t size() const { return messages_.size(); }
  WallTime oldest() const;  // {0} = none

 private:
  struct Unsaved {
    incidents::Notification notification;
    store::Waiting waiting;
  };

  const std::string channel_;
  store::Store& store_;
  std::map<uint64_t, Unsaved> messages_;  // by incident
  uint64_t last_ = 0;
};

}  // namespace faultline::notify
