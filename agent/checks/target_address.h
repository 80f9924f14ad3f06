// The address that a remote check aims at: its target's, numeric or by name, kept fresh.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/host/endpoint.h"
#include "agent/host/loop.h"
#include "agent/host/resolver.h"

namespace faultline::checks {

// Lives on the loop's thread, as do its callbacks. Destroying it ends what is under way.
class TargetAddress {
 public:
  // `on_aim`: the address is another than before, also the first one. `on_news`: a look is due,
  // because the first address is there or names began or ceased to fail. `on_addresses`, before
  // the others: `addresses` are not those of before.
  TargetAddress(host::Loop& loop, std::string host,
                std::function<void(const host::IpAddress&)> on_aim, std::function<void()> on_news,
                std::function<void()> on_addresses = nullptr);

  // A numeric target aims before this returns.
  void Start();
  // A name may point elsewhere by now: a failover is seen at once, not when the old answer
  // expires. Nothing for a numeric target.
  void ResolveAgain();

  // Family AF_UNSPEC before the first resolution.
  const host::IpAddress& address() const { return address_; }
  // All that the name stands for, for who must not miss one: sorted, at most 16, as of the last
  // answer; they stay while the name does not resolve.
  const std::vector<host::IpAddress>& addresses() const { return addresses_; }
  // Why the name does not resolve: one line. A server that is silent counts at the second try.
  const std::optional<std::string>& failure() const { return failure_; }

 private:
  void Resolve();
  void OnResolved(const absl::StatusOr<host::Resolved>& resolved);
  void Aim(const host::IpAddress& address);
  void TakeAddresses(std::vector<host::IpAddress> addresses);

  host::Loop& loop_;
  const std::string host_;
  const std::optional<host::IpAddress> numeric_;
  const std::function<void(const host::IpAddress&)> on_aim_;
  const std::function<void()> on_news_;
  const std::function<void()> on_addresses_;
  host::IpAddress address_;
  std::vector<host::IpAddress> addresses_;
  std::optional<std::string> failure_;
  int failures_ = 0;  // in a row
  std::unique_ptr<host::Resolution> resolution_;
  std::unique_ptr<host::LoopSource> timer_;
};

}  // namespace faultline::checks
