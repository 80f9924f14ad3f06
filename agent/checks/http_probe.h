// The http check at work: resolves, asks, asks once more after silence, reports. What an answer
// means is in http_judge.h. All of it on the loop: a server that hangs must not hold one of the few
// workers for seconds while a database check waits for it.
#pragma once

#include <re2/re2.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/checks/address_lookup.h"
#include "agent/checks/check.h"
#include "agent/checks/http_judge.h"
#include "agent/checks/http_target.h"
#include "agent/checks/renewed_trust.h"
#include "agent/host/http_client.h"

namespace faultline::checks {

struct HttpOptions {
  std::string target;  // as configured
  HttpUrl url;
  std::optional<host::HostPort> connect_to;
  std::vector<StatusRange> statuses;
  std::string body;  // RE2; empty: any
  bool redirect_to_https = false;
  bool only_answers = false;
  bool verify = true;
  std::string ca;
  Span interval;
  Span timeout;
  std::optional<Span> slow;
};

class HttpProbe : public Check {
 public:
  HttpProbe(HttpOptions options, const CheckContext& context);

  void Start() override;
  void LookNow(std::function<void()> done) override;

 private:
  void Look();
  void Aim(const host::IpAddress& address);
  void Ask();
  void OnResult(const host::HttpResult& result);
  void OnNoAddress(const absl::Status& status);
  void ScheduleSoon(State state);
  void Report(Observation observation);

  const HttpOptions options_;
  const CheckContext context_;
  const host::HostPort endpoint_;  // really connected to
  std::unique_ptr<RE2> body_;
  HttpExpectation expected_;
  AddressLookup lookup_;
  RenewedTrust trust_;
  host::IpAddress address_;  // what we aim at; AF_UNSPEC before the first resolution
  std::unique_ptr<host::HttpExchange> exchange_;
  bool under_way_ = false;
  int timeouts_ = 0;  // of this look
  int pauses_ = 0;
  bool was_ok_ = false;
  bool was_slow_ = false;
  std::vector<std::function<void()>> waiting_;  // asked to look now
  std::optional<MonoTime> broken_since_;        // neither OK nor WARNING
  std::unique_ptr<host::LoopSource> interval_timer_;
  std::unique_ptr<host::LoopSource> soon_;
};

}  // namespace faultline::checks
