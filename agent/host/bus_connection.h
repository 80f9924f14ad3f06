// One connection to a D-Bus bus, attached to the loop. Asynchronous calls and matches only: nothing
// here waits for an answer.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "agent/host/loop.h"

struct sd_bus;
struct sd_bus_message;

namespace faultline::host {

// A pending call or a match. Destroying it cancels: its handler never runs again. May be destroyed
// from within its own handler.
class BusSlot {
 public:
  virtual ~BusSlot() = default;
};

struct BusMethod {
  std::string destination;
  std::string path;
  std::string interface;
  std::string member;
  std::vector<std::string> arguments;  // strings only
  bool auto_start = true;              // may the bus start the destination for this?
};

// Lives on the loop's thread. Messages are borrowed by handlers for the time of the call.
class BusConnection {
 public:
  // `error` is OK and `reply` set, or `reply` is nullptr.
  using ReplyHandler = std::function<void(const absl::Status& error, sd_bus_message* reply)>;
  using SignalHandler = std::function<void(sd_bus_message* signal)>;

  // Starts connecting to `address` (empty: the system bus). `on_lost` is called once when the
  // connection, or the attempt, has ended; destroy the connection only after that handler returned.
  static absl::StatusOr<std::unique_ptr<BusConnection>> Open(
      Loop& loop, const std::string& address, std::function<void(const absl::Status&)> on_lost);
  ~BusConnection();
  BusConnection(const BusConnection&) = delete;
  BusConnection& operator=(const BusConnection&) = delete;

  // The handler runs once, at the latest after 2 s; immediate failures too come through it, but
  // never from within this call.
  std::unique_ptr<BusSlot> Call(const BusMethod& method, ReplyHandler handler);

  // `rule` in D-Bus' own match syntax, so that the bus filters. Rules and calls reach the bus in
  // the order in which they are made here.
  std::unique_ptr<BusSlot> Match(const std::string& rule, SignalHandler handler);

 private:
  BusConnection(Loop& loop, std::function<void(const absl::Status&)> on_lost);

  Loop& loop_;
  std::function<void(const absl::Status&)> on_lost_;
  sd_bus* bus_ = nullptr;
  std::unique_ptr<BusSlot> disconnected_;
};

}  // namespace faultline::host
