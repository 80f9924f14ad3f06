// Notices a bus that hangs: it tells nothing, just as one where nothing happens.
#pragma once

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "agent/host/bus_connection.h"
#include "agent/host/loop.h"

namespace faultline::host {

// Lives on the loop's thread and goes before its connection. `on_silent` runs once and may destroy
// this, but not the connection, in whose handler it may run.
class BusPulse {
 public:
  // Until OnReady the bus has 5 s to say its first words (sd-bus alone would wait 90 s).
  BusPulse(Loop& loop, BusConnection& connection,
           std::function<void(const absl::Status&)> on_silent, Span ask_every = Span::Seconds(30));

  // From here on systemd is asked now and then; two answers in a row must be missing, because it
  // may be busy for a moment (daemon-reload).
  void OnReady();

 private:
  void Ask();
  void Silent(const std::string& why);

  Loop& loop_;
  BusConnection& connection_;
  const Span ask_every_;
  std::function<void(const absl::Status&)> on_silent_;
  int silences_ = 0;  // in a row
  std::unique_ptr<BusSlot> asking_;
  std::unique_ptr<LoopSource> timer_;
};

}  // namespace faultline::host
