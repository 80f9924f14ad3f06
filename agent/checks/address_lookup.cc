#include "agent/checks/address_lookup.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"

namespace faultline::checks {
namespace {

constexpr Span kMinFresh = Span::Seconds(5);
constexpr Span kMaxFresh = Span::Seconds(60);
constexpr int kSilences = 2;

}  // namespace

AddressLookup::AddressLookup(host::Loop& loop, const Clock& clock, std::string host)
    : loop_(loop), clock_(clock), host_(std::move(host)), numeric_(host::ParseIpAddress(host_)) {}

void AddressLookup::Get(Callback callback) {
  if (numeric_.has_value()) return callback(*numeric_);
  if (known_.has_value() && clock_.Mono() < fresh_until_) return callback(*known_);
  Ask(std::move(callback));
}

void AddressLookup::Ask(Callback callback) {
  callback_ = std::move(callback);
  resolution_ = host::Resolve(loop_, host_, [this](const auto& resolved) { OnResolved(resolved); });
}

void AddressLookup::OnResolved(const absl::StatusOr<host::Resolved>& resolved) {
  Callback callback = std::move(callback_);
  if (!resolved.ok()) {
    const bool answered = absl::IsNotFound(resolved.status());
    silences_ = answered ? 0 : silences_ + 1;
    if (answered || silences_ >= kSilences) {
      known_.reset();
      return callback(resolved.status());
    }
    if (known_.has_value()) return callback(*known_);
    return Ask(std::move(callback));
  }
  silences_ = 0;
  const auto& addresses = resolved->addresses;
  if (!known_.has_value() ||
      std::find(addresses.begin(), addresses.end(), *known_) == addresses.end()) {
    known_ = addresses.front();
  }
  fresh_until_ = clock_.Mono() + std::clamp(resolved->ttl, kMinFresh, kMaxFresh);
  callback(*known_);
}

}  // namespace faultline::checks
