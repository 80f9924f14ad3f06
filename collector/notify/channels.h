// All channels of the configuration, each with its delivery.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "collector/config/config.h"
#include "collector/notify/notify.h"
#include "collector/operator/channels.h"
#include "common/mutex.h"

namespace faultline::notify {

// Says in the log which channels came and went, and what was dropped.
void LogChannelChanges(const store::ChannelChanges& changes);

struct ChannelCounts {
  std::string channel;
  DeliveryCounters counters;
};

// Thread-safe. The destructor ends all deliveries together.
class Channels : public operator_api::ChannelAccess {
 public:
  // Both must outlive this.
  Channels(store::Store& store, const Clock& clock) : store_(store), clock_(clock) {}
  ~Channels() override;

  // From now on there are these. One that is as it was goes on undisturbed; one that has another
  // url, or any other setting, begins anew, without backoff. On an error nothing has changed.
  absl::Status Apply(const std::vector<config::WebhookConfig>& webhooks,
                     const std::string& base_url);

  // The outbox has grown.
  void Wake();
  void SendFromMemory(const incidents::Notification& notification);
  std::vector<ChannelCounts> Counts() const;

  std::vector<operator_api::ChannelState> States() override;
  absl::StatusOr<operator_api::ChannelTestState> Test(const std::string& channel) override;

 private:
  struct Channel {
    config::WebhookConfig config;
    std::string base_url;
    std::shared_ptr<Delivery> delivery;
  };

  std::vector<std::shared_ptr<Delivery>> All() const;

  store::Store& store_;
  const Clock& clock_;
  mutable Mutex mutex_;
  std::map<std::string, Channel> channels_ FAULTLINE_GUARDED_BY(mutex_);
};

}  // namespace faultline::notify
