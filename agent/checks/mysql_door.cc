#include "agent/checks/mysql_door.h"

#include <utility>

namespace faultline::checks {
namespace {

// By itself the probe never looks: it is asked.
constexpr Span kNever = Span::Seconds(86'400);

PortOptions OptionsFor(const host::IpAddress& address, uint16_t port) {
  PortOptions options;
  options.target = host::FormatEndpoint(address, port);
  options.endpoint = {.host = address.ToString(), .port = port};
  options.interval = kNever;
  options.way = ProbeWay::kHalfOpen;
  return options;
}

CheckContext WithSink(const CheckContext& context, CheckSink& sink) {
  return {.loop = context.loop,
          .workers = context.workers,
          .systemd = context.systemd,
          .clock = context.clock,
          .sink = sink,
          .state_dir = "",
          .journal = ""};
}

}  // namespace

MySqlDoor::MySqlDoor(const CheckContext& context, const host::IpAddress& address, uint16_t port)
    : probe_(OptionsFor(address, port), WithSink(context, ear_)) {}

void MySqlDoor::Knock(std::function<void(const Observation&)> done) {
  if (!std::exchange(started_, true)) probe_.Start();
  probe_.LookNow([this, done = std::move(done)] { done(ear_.last); });
}

}  // namespace faultline::checks
