// docs/webhook.md: what webhook.proto says, and messages as the collector makes them.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace faultline::docs {

// `descriptors` is the path of webhook.proto as protoc describes it, with its comments, which are
// the text. NotFound when it cannot be read, InvalidArgument when a field has no comment.
absl::StatusOr<std::string> WebhookPage(const std::string& descriptors);

}  // namespace faultline::docs
