// What listens on this host, and which unit owns it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/host/endpoint.h"

namespace faultline::init {

struct Listener {
  host::IpAddress address;
  uint16_t port = 0;
  std::string unit;  // empty: the kernel does not tell, or systemd opened the socket

  std::string where() const;  // "listens on 0.0.0.0:22 (ssh.service)"
};

// All TCP listeners of this network namespace; empty with the reason in `problem` when the kernel
// does not list them. Blocks for milliseconds.
std::vector<Listener> FindListeners(std::string* problem);

// PURE. Of those of `unit`, or (where no listener has a unit) of `port`.
std::vector<Listener> ListenersOf(const std::vector<Listener>& all, const std::string& unit,
                                  uint16_t port);

// As the check `listener` wants its target: "3306" for every address or several, "10.0.2.10:3306"
// for one. `same_port` are listeners on one port, at least one. PURE.
std::string ListenerTarget(const std::vector<Listener>& same_port);

}  // namespace faultline::init
