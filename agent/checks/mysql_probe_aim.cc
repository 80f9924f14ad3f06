// Where the mysql probe looks: a name is resolved again and again, as the port check does it.
#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "agent/checks/mysql_probe.h"
#include "agent/checks/resolve_pacing.h"

namespace faultline::checks {

void MySqlProbe::StartResolving() {
  resolve_timer_.reset();
  resolution_ = host::Resolve(context_.loop, options_.endpoint.host,
                              [this](const auto& resolved) { OnResolved(resolved); });
}

void MySqlProbe::OnResolved(const absl::StatusOr<host::Resolved>& resolved) {
  Span again = kResolveRetry;
  if (resolved.ok()) {
    again = std::clamp(resolved->ttl, kMinResolveInterval, kMaxResolveInterval);
    dns_failures_ = 0;
    const bool was_failed = std::exchange(dns_failed_, std::nullopt).has_value();
    // An address that is still among the answers is kept: round robin is no change.
    const auto& addresses = resolved->addresses;
    const bool moved = std::find(addresses.begin(), addresses.end(), address_) == addresses.end();
    if (moved) {
      address_ = addresses.front();
      Aim(host::FormatEndpoint(address_, options_.endpoint.port), address_.ToString());
    }
    if (moved || was_failed) Look();
  } else if (++dns_failures_ >= kDnsSilences || absl::IsNotFound(resolved.status())) {
    Observation failed;
    failed.state = State::kCritical;
    failed.reason = "DNS_FAILED";
    failed.detail = std::string(resolved.status().message());
    dns_failed_ = std::move(failed);
    Look();
  }
  resolve_timer_ = context_.loop.After(again, [this] { StartResolving(); });
}

void MySqlProbe::Aim(const std::string& server, const std::string& budget_key) {
  RetireKept();
  Drop(&hung_socket_);
  ++generation_;
  under_way_ = false;
  slow_timer_.reset();
  door_.reset();
  failure_.reset();
  health_ = {};
  pacing_ = MySqlPacing(options_.login_interval);
  server_ = server;
  budget_.emplace(context_.state_dir, budget_key);
  if (address_.family != AF_UNSPEC) {
    context_.sink.Resolved(address_.ToString(), options_.endpoint.port);
  }
}

}  // namespace faultline::checks
