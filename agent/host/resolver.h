// Names to addresses without blocking, by c-ares on the loop. The one file that speaks c-ares is
// resolver.cc.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "agent/host/endpoint.h"
#include "agent/host/loop.h"

namespace faultline::host {

struct Resolved {
  std::vector<IpAddress> addresses;  // at least one, at most 16, IPv4 first
  Span ttl;                          // smallest of the answers; 0 from /etc/hosts
};

// NotFound: the name does not exist (an answer). Unavailable: no server answered, or it failed.
using ResolveCallback = std::function<void(absl::StatusOr<Resolved>)>;

// A look-up under way; destroying it cancels. Reads /etc/hosts and /etc/resolv.conf anew each time.
class Resolution {
 public:
  virtual ~Resolution() = default;
};

// `callback` runs once, on the loop's thread, never before this returns. It may destroy the
// resolution.
std::unique_ptr<Resolution> Resolve(Loop& loop, const std::string& name, ResolveCallback callback);

}  // namespace faultline::host
