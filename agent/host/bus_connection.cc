#include "agent/host/bus_connection.h"

#include <systemd/sd-bus.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"

namespace faultline::host {
namespace {

constexpr uint64_t kCallTimeoutUsec = 2'000'000;
constexpr char kSystemBus[] = "unix:path=/run/dbus/system_bus_socket";

absl::Status ErrorOf(const BusMethod& method, sd_bus_message* reply) {
  const sd_bus_error* error = sd_bus_message_get_error(reply);
  const std::string name = error != nullptr && error->name != nullptr ? error->name : "";
  const std::string text =
      absl::StrCat(method.member, " of ", method.destination, ": ",
                   error != nullptr && error->message != nullptr ? error->message : name.c_str());
  if (name == SD_BUS_ERROR_NO_REPLY || name == SD_BUS_ERROR_TIMEOUT) {
    return absl::DeadlineExceededError(text);
  }
  if (name == SD_BUS_ERROR_ACCESS_DENIED) return absl::PermissionDeniedError(text);
  if (name == "org.freedesktop.systemd1.NoSuchUnit" || name == SD_BUS_ERROR_UNKNOWN_OBJECT) {
    return absl::NotFoundError(text);
  }
  if (name == "org.freedesktop.systemd1.AlreadySubscribed") return absl::AlreadyExistsError(text);
  if (name == SD_BUS_ERROR_INVALID_ARGS) return absl::InvalidArgumentError(text);
  return absl::UnavailableError(text);
}

// The handler is held by reference count while it runs: it may destroy its own slot.
class CallSlot : public BusSlot {
 public:
  CallSlot(BusMethod method, BusConnection::ReplyHandler handler)
      : state_(std::make_shared<State>(State{std::move(method), std::move(handler)})) {}
  ~CallSlot() override { sd_bus_slot_unref(slot_); }
  CallSlot(const CallSlot&) = delete;
  CallSlot& operator=(const CallSlot&) = delete;

  void Send(sd_bus* bus, Loop& loop) {
    const BusMethod& method = state_->method;
    sd_bus_message* call = nullptr;
    int r =
        sd_bus_message_new_method_call(bus, &call, method.destination.c_str(), method.path.c_str(),
                                       method.interface.c_str(), method.member.c_str());
    for (const std::string& argument : method.arguments) {
      if (r >= 0) r = sd_bus_message_append(call, "s", argument.c_str());
    }
    if (r >= 0) r = sd_bus_message_set_auto_start(call, method.auto_start ? 1 : 0);
    if (r >= 0)
      r = sd_bus_call_async(bus, &slot_, call, &CallSlot::OnReply, this, kCallTimeoutUsec);
    sd_bus_message_unref(call);
    if (r >= 0) return;
    failed_ = loop.After(Span{}, [state = state_, r] {
      state->handler(absl::ErrnoToStatus(-r, absl::StrCat("cannot call ", state->method.member)),
                     nullptr);
    });
  }

 private:
  struct State {
    BusMethod method;
    BusConnection::ReplyHandler handler;
  };

  static int OnReply(sd_bus_message* reply, void* self, sd_bus_error*) {
    const std::shared_ptr<State> state = static_cast<CallSlot*>(self)->state_;
    if (sd_bus_message_is_method_error(reply, nullptr) > 0) {
      state->handler(ErrorOf(state->method, reply), nullptr);
    } else {
      state->handler(absl::OkStatus(), reply);
    }
    return 0;
  }

  std::shared_ptr<State> state_;
  sd_bus_slot* slot_ = nullptr;
  std::unique_ptr<LoopSource> failed_;
};

class MatchSlot : public BusSlot {
 public:
  explicit MatchSlot(BusConnection::SignalHandler handler)
      : handler_(std::make_shared<BusConnection::SignalHandler>(std::move(handler))) {}
  ~MatchSlot() override { sd_bus_slot_unref(slot_); }
  MatchSlot(const MatchSlot&) = delete;
  MatchSlot& operator=(const MatchSlot&) = delete;

  // A rule that the bus refuses ends the connection (sd-bus' default), so that it is not forgotten.
  int Add(sd_bus* bus, const std::string& rule) {
    return sd_bus_add_match_async(bus, &slot_, rule.c_str(), &MatchSlot::OnSignal, nullptr, this);
  }

 private:
  static int OnSignal(sd_bus_message* signal, void* self, sd_bus_error*) {
    const auto handler = static_cast<MatchSlot*>(self)->handler_;
    (*handler)(signal);
    return 0;
  }

  std::shared_ptr<BusConnection::SignalHandler> handler_;
  sd_bus_slot* slot_ = nullptr;
};

}  // namespace

BusConnection::BusConnection(Loop& loop, std::function<void(const absl::Status&)> on_lost)
    : loop_(loop), on_lost_(std::move(on_lost)) {}

BusConnection::~BusConnection() {
  disconnected_.reset();
  sd_bus_detach_event(bus_);
  sd_bus_close_unref(bus_);
}

absl::StatusOr<std::unique_ptr<BusConnection>> BusConnection::Open(
    Loop& loop, const std::string& address, std::function<void(const absl::Status&)> on_lost) {
  std::unique_ptr<BusConnection> connection(new BusConnection(loop, std::move(on_lost)));
  const char* from_environment = getenv("DBUS_SYSTEM_BUS_ADDRESS");
  const std::string where = !address.empty()              ? address
                            : from_environment != nullptr ? from_environment
                                                          : kSystemBus;
  int r = sd_bus_new(&connection->bus_);
  if (r >= 0) r = sd_bus_set_address(connection->bus_, where.c_str());
  if (r >= 0) r = sd_bus_set_bus_client(connection->bus_, 1);
  if (r >= 0) r = sd_bus_start(connection->bus_);
  if (r >= 0) r = sd_bus_attach_event(connection->bus_, loop.raw(), SD_EVENT_PRIORITY_NORMAL);
  if (r < 0) return absl::ErrnoToStatus(-r, absl::StrCat("cannot connect to ", where));
  BusConnection* self = connection.get();
  connection->disconnected_ = self->Match(
      "type='signal',sender='org.freedesktop.DBus.Local',"
      "interface='org.freedesktop.DBus.Local',member='Disconnected'",
      [self, where](sd_bus_message*) {
        self->on_lost_(
            absl::UnavailableError(absl::StrCat("the bus at ", where, " closed the connection")));
      });
  return connection;
}

std::unique_ptr<BusSlot> BusConnection::Call(const BusMethod& method, ReplyHandler handler) {
  auto slot = std::make_unique<CallSlot>(method, std::move(handler));
  slot->Send(bus_, loop_);
  return slot;
}

std::unique_ptr<BusSlot> BusConnection::Match(const std::string& rule, SignalHandler handler) {
  auto slot = std::make_unique<MatchSlot>(std::move(handler));
  // Fails only when the connection is ending, which is told by Disconnected.
  slot->Add(bus_, rule);
  return slot;
}

}  // namespace faultline::host
