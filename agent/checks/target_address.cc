#include "agent/checks/target_address.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "agent/checks/resolve_pacing.h"

namespace faultline::checks {

TargetAddress::TargetAddress(host::Loop& loop, std::string host,
                             std::function<void(const host::IpAddress&)> on_aim,
                             std::function<void()> on_news, std::function<void()> on_addresses)
    : loop_(loop),
      host_(std::move(host)),
      numeric_(host::ParseIpAddress(host_)),
      on_aim_(std::move(on_aim)),
      on_news_(std::move(on_news)),
      on_addresses_(std::move(on_addresses)) {}

void TargetAddress::Start() {
  if (!numeric_.has_value()) return Resolve();
  TakeAddresses({*numeric_});
  Aim(*numeric_);
  on_news_();
}

void TargetAddress::ResolveAgain() {
  if (!numeric_.has_value() && !failure_.has_value()) Resolve();
}

void TargetAddress::Resolve() {
  timer_.reset();
  resolution_ = host::Resolve(loop_, host_, [this](const auto& resolved) { OnResolved(resolved); });
}

void TargetAddress::OnResolved(const absl::StatusOr<host::Resolved>& resolved) {
  Span again = kResolveRetry;
  bool news = false;
  if (resolved.ok()) {
    again = std::clamp(resolved->ttl, kMinResolveInterval, kMaxResolveInterval);
    failures_ = 0;
    news = failure_.has_value() || address_.family == AF_UNSPEC;
    failure_.reset();
    // An address that is still among the answers is kept: round robin is no change.
    const auto& addresses = resolved->addresses;
    TakeAddresses(addresses);
    if (std::find(addresses.begin(), addresses.end(), address_) == addresses.end()) {
      Aim(addresses.front());
    }
  } else if (absl::IsNotFound(resolved.status()) || ++failures_ >= kDnsSilences) {
    failure_ = std::string(resolved.status().message());
    news = true;
  }
  timer_ = loop_.After(again, [this] { Resolve(); });
  if (news) on_news_();
}

void TargetAddress::TakeAddresses(std::vector<host::IpAddress> addresses) {
  std::sort(addresses.begin(), addresses.end());
  if (addresses == addresses_) return;
  addresses_ = std::move(addresses);
  if (on_addresses_ != nullptr) on_addresses_();
}

void TargetAddress::Aim(const host::IpAddress& address) {
  address_ = address;
  on_aim_(address);
}

}  // namespace faultline::checks
