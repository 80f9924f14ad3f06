#include "collector/notify/channels.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/log.h"
#include "common/text.h"

namespace faultline::notify {

void LogChannelChanges(const store::ChannelChanges& changes) {
  for (const auto& gone : changes.gone) {
    const std::string text =
        absl::StrCat("notify ", gone.channel, ": is not configured any more; ", gone.dropped,
                     " incidents that waited for it are dropped");
    gone.dropped > 0 ? LogWarning(text) : LogInfo(text);
  }
  for (const auto& added : changes.added) {
    LogInfo(absl::StrCat("notify ", added.channel, ": is new; it is told of ", added.told,
                         " open incidents"));
  }
}

Channels::~Channels() {
  for (const auto& delivery : All()) delivery->Stop();
}

absl::Status Channels::Apply(const std::vector<config::WebhookConfig>& webhooks,
                             const std::string& base_url) {
  std::map<std::string, Channel> wanted;
  std::map<std::string, std::unique_ptr<Notifier>> fresh;
  {
    MutexLock lock(mutex_);
    for (const config::WebhookConfig& webhook : webhooks) {
      const auto known = channels_.find(webhook.name);
      if (known != channels_.end() && known->second.config == webhook &&
          known->second.base_url == base_url) {
        wanted[webhook.name] = known->second;
      } else {
        wanted[webhook.name] = {webhook, base_url, nullptr};
      }
    }
  }
  for (const auto& [name, channel] : wanted) {
    if (channel.delivery != nullptr) continue;
    auto notifier = MakeWebhookNotifier({.name = name,
                                         .url = channel.config.url,
                                         .timeout = channel.config.timeout,
                                         .base_url = base_url},
                                        clock_);
    if (!notifier.ok()) return notifier.status();
    fresh[name] = *std::move(notifier);
  }
  // The old ones end before the new ones begin, or both would send the same.
  std::map<std::string, Channel> old;
  {
    MutexLock lock(mutex_);
    old.swap(channels_);
    for (const auto& [name, channel] : wanted) {
      if (channel.delivery != nullptr) channels_[name] = channel;
    }
  }
  for (const auto& [name, channel] : old) {
    const bool stays = wanted.count(name) > 0 && wanted[name].delivery == channel.delivery;
    if (!stays) channel.delivery->Stop();
  }
  old.clear();
  for (auto& [name, notifier] : fresh) {
    Channel& channel = wanted[name];
    channel.delivery =
        Delivery::Start(std::move(notifier), store_, clock_,
                        {.at_once = channel.config.at_once, .repeat = channel.config.repeat});
    MutexLock lock(mutex_);
    channels_[name] = channel;
  }
  Wake();
  return absl::OkStatus();
}

std::vector<std::shared_ptr<Delivery>> Channels::All() const {
  std::vector<std::shared_ptr<Delivery>> all;
  MutexLock lock(mutex_);
  for (const auto& [name, channel] : channels_) all.push_back(channel.delivery);
  return all;
}

void Channels::Wake() {
  for (const auto& delivery : All()) delivery->Wake();
}

void Channels::SendFromMemory(const incidents::Notification& notification) {
  for (const auto& delivery : All()) delivery->SendFromMemory(notification);
}

std::vector<ChannelCounts> Channels::Counts() const {
  std::vector<ChannelCounts> counts;
  for (const auto& delivery : All()) counts.push_back({delivery->channel(), delivery->counters()});
  return counts;
}

std::vector<operator_api::ChannelState> Channels::States() {
  std::vector<operator_api::ChannelState> states;
  for (const auto& delivery : All()) states.push_back(delivery->state());
  return states;
}

absl::StatusOr<operator_api::ChannelTestState> Channels::Test(const std::string& channel) {
  std::vector<std::string> names;
  for (const auto& delivery : All()) {
    if (delivery->channel() == channel) return delivery->Test();
    names.push_back(delivery->channel());
  }
  return absl::NotFoundError(
      absl::StrCat("there is no channel '", CleanText(channel, 64), "'; ",
                   names.empty() ? "collector.yaml has no `notify`" : absl::StrJoin(names, ", "),
                   names.empty() ? "" : (names.size() == 1 ? " is there" : " are there")));
}

}  // namespace faultline::notify
