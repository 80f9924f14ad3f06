// Whether a MySQL server's port takes connections, found out in a way that the server never sees:
// half-open, as the check `port` looks.
#pragma once

#include <functional>
#include <string>

#include "agent/checks/check.h"
#include "agent/checks/port_probe.h"
#include "agent/host/endpoint.h"

namespace faultline::checks {

// Lives on the loop's thread. Nobody is at the door until the first Knock.
class MySqlDoor {
 public:
  MySqlDoor(const CheckContext& context, const host::IpAddress& address, uint16_t port);

  // Calls `done` with what the check `port` would say, once, maybe from within this call; silence
  // takes some 1.3 s. UNKNOWN where it could not look (without CAP_NET_RAW). Not while one is under
  // way. `done` must not destroy the door.
  void Knock(std::function<void(const Observation&)> done);

 private:
  // The probe reports to nobody else.
  class Ear : public CheckSink {
   public:
    void Report(Observation observation) override { last = std::move(observation); }
    void ReportLogEvent(LogEventSeen /*event*/) override {}
    void Resolved(const std::string& /*address*/, int /*port*/) override {}
    void ResolvedUnit(const std::string& /*unit*/) override {}
    Observation last;
  };

  Ear ear_;
  bool started_ = false;
  PortProbe probe_;
};

}  // namespace faultline::checks
