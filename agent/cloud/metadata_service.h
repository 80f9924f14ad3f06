// EC2's instance metadata service, version 2 (IMDSv2): a token first, then the identity document.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "agent/cloud/ec2_identity.h"
#include "agent/host/endpoint.h"
#include "agent/host/loop.h"

namespace faultline::cloud {

struct MetadataService {
  // Link-local; each instance has its own.
  host::IpAddress address = {AF_INET, {169, 254, 169, 254}};
  uint16_t port = 80;
  Span timeout = Span::Seconds(1);  // of each of the two requests
};

// One look-up under way; destroying it ends it.
class MetadataLookup {
 public:
  virtual ~MetadataLookup() = default;
};

// Nothing blocks; what comes is bounded (host/http_client.h) and checked. `callback` runs once, on
// the loop's thread, never before this returns; it may destroy the look-up. The error says for
// people what was answered.
std::unique_ptr<MetadataLookup> AskMetadata(
    host::Loop& loop, const MetadataService& service,
    std::function<void(absl::StatusOr<Ec2Identity>)> callback);

}  // namespace faultline::cloud
