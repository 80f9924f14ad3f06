// What a webhook says of a notification. Pure.
#pragma once

#include <string>

#include "collector/incidents/incident.h"
#include "common/clock.h"
#include "faultline/v1/webhook.pb.h"

namespace faultline::notify {

// Within the bounds of webhook.proto, whatever the notification holds. `base_url` of links, without
// '/' at its end; empty = no link. operator/json.h makes the body of it.
faultline::v1::WebhookBody WebhookBodyOf(const incidents::Notification& notification,
                                         WallTime sent_at, const std::string& base_url);

}  // namespace faultline::notify
