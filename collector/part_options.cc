#include "collector/part_options.h"

#include "common/boot_id.h"

namespace faultline::collector {

std::vector<std::string> ChannelNames(const config::CollectorConfig& config) {
  std::vector<std::string> names;
  for (const config::WebhookConfig& webhook : config.webhooks) names.push_back(webhook.name);
  return names;
}

pipeline::PipelineOptions PipelineOptionsOf(const config::CollectorConfig& config) {
  pipeline::PipelineOptions options;
  options.engine.heartbeat = config.heartbeat;
  options.engine.forget_after = config.forget_after;
  options.engine.patience.restart = config.grace_restart;
  options.engine.patience.upgrade = config.grace_upgrade;
  options.engine.patience.reboot = config.grace_reboot;
  options.engine.patience.silent_host = config.grace_silent_host;
  options.engine.message = {.timezone = config.timezone, .base_url = config.display_url};
  options.own_boot = OwnBootId();
  return options;
}

}  // namespace faultline::collector
