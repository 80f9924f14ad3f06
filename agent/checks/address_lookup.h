// The address that a target's name stands for now, for those who look seldom: asked of DNS when it
// is needed and what is known is older than its TTL. (target_address.h keeps one fresh all the
// time.)
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "agent/host/endpoint.h"
#include "agent/host/loop.h"
#include "agent/host/resolver.h"
#include "common/clock.h"

namespace faultline::checks {

// Lives on the loop's thread. One question at a time.
class AddressLookup {
 public:
  using Callback = std::function<void(absl::StatusOr<host::IpAddress>)>;

  // `host`: a name or a numeric address. `loop` and `clock` must outlive this.
  AddressLookup(host::Loop& loop, const Clock& clock, std::string host);

  // Calls back once, maybe before it returns. An error is an answer (NotFound) or the second
  // silence in a row; after the first one the address that was known is used, or DNS asked again.
  void Get(Callback callback);
  // What is known may be wrong: the next Get asks again. An address still among the answers is
  // kept (round robin is no change).
  void Expire() { fresh_until_ = MonoTime{}; }

 private:
  void Ask(Callback callback);
  void OnResolved(const absl::StatusOr<host::Resolved>& resolved);

  host::Loop& loop_;
  const Clock& clock_;
  const std::string host_;
  const std::optional<host::IpAddress> numeric_;
  std::optional<host::IpAddress> known_;
  MonoTime fresh_until_;
  int silences_ = 0;  // in a row
  Callback callback_;
  std::unique_ptr<host::Resolution> resolution_;
};

}  // namespace faultline::checks
