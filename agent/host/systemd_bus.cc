#include "agent/host/systemd_bus.h"

#include <systemd/sd-bus.h>
#include <systemd/sd-daemon.h>

#include <map>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "agent/host/backoff.h"
#include "agent/host/bus_pulse.h"
#include "agent/host/systemd_names.h"
#include "agent/host/unit_watch.h"

namespace faultline::host {
namespace {

constexpr char kManager[] = "org.freedesktop.systemd1.Manager";
constexpr char kLogind[] = "org.freedesktop.login1";
constexpr char kLogindPath[] = "/org/freedesktop/login1";
constexpr char kLogindManager[] = "org.freedesktop.login1.Manager";
constexpr Span kMinBackoff = Span::Millis(200);
constexpr Span kMaxBackoff = Span::Seconds(10);
// A machine that was not booted with systemd will hardly have it soon.
constexpr Span kNoSystemdRetry = Span::Seconds(30);
constexpr size_t kMaxBusQuestions = 64;
// systemd leaves the bus for a moment when it executes itself anew (daemon-reexec).
constexpr Span kReexecPatience = Span::Seconds(2);

std::string Rule(const std::string& sender, const std::string& path, const std::string& interface,
                 const std::string& member, const std::string& more) {
  return absl::StrCat("type='signal',sender='", sender, "',path='", path, "',interface='",
                      interface, "',member='", member, "'", more.empty() ? "" : ",", more);
}

class RealSystemdBus : public SystemdBus, private UnitWatchOwner {
 public:
  RealSystemdBus(Loop& loop, const std::string& address)
      : loop_(loop), address_(address), random_(std::random_device()()) {
    Connect();
  }
  ~RealSystemdBus() override { DropConnection(); }
  RealSystemdBus(const RealSystemdBus&) = delete;
  RealSystemdBus& operator=(const RealSystemdBus&) = delete;

  std::unique_ptr<UnitWatch> Watch(const std::string& unit, UnitListener& listener) override {
    UnitWatchOwner& self = *this;
    auto watch = std::make_unique<BusUnitWatch>(self, unit, listener);
    watches_.insert(watch.get());
    if (ready_) {
      watch->Resolve();
    } else {
      watch->Refresh(nullptr);  // tells why there is no bus, if that is known already
    }
    return watch;
  }

  HostStop host_stop() const override { return host_stop_.stop(); }

 private:
  Loop& loop() override { return loop_; }
  BusConnection* connection() override { return ready_ ? connection_.get() : nullptr; }
  const absl::Status& why_down() const override { return why_down_; }
  void Forget(UnitWatch* watch) override { watches_.erase(static_cast<BusUnitWatch*>(watch)); }

  void Connect() {
    retry_.reset();
    DropConnection();
    auto connection =
        BusConnection::Open(loop_, address_, [this](const absl::Status& why) { OnLost(why); });
    if (!connection.ok()) {
      OnLost(absl::UnavailableError(
          absl::StrCat("systemd's bus is not there (", std::string(connection.status().message()),
                       "); unit checks need a host that runs systemd and dbus")));
      return;
    }
    connection_ = std::move(*connection);
    StartPulse();
    AddMatches();
    Subscribe();
    AskShutdown();
  }

  void StartPulse() {
    pulse_ = std::make_unique<BusPulse>(loop_, *connection_,
                                        [this](const absl::Status& why) { OnLost(why); });
  }

  // Matches first, Subscribe next, reading last: nothing can fall between.
  void AddMatches() {
    BusConnection& bus = *connection_;
    slots_.push_back(
        bus.Match(Rule("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                       "NameOwnerChanged", absl::StrCat("arg0='", kSystemd, "'")),
                  [this](sd_bus_message* m) { OnOwnerChanged(m); }));
    slots_.push_back(bus.Match(Rule(kSystemd, kManagerPath, kManager, "Reloading", ""),
                               [this](sd_bus_message* m) { OnReloading(m); }));
    // Without a filter by unit: its name follows the job's number, and sd-bus matches no argument
    // after one that is not text. Jobs are rare.
    slots_.push_back(bus.Match(Rule(kSystemd, kManagerPath, kManager, "JobNew", ""),
                               [this](sd_bus_message* m) { OnJobNew(m); }));
    slots_.push_back(bus.Match(Rule(kSystemd, kManagerPath, kManager, "JobRemoved", ""),
                               [this](sd_bus_message* m) { OnJobRemoved(m); }));
    slots_.push_back(bus.Match(Rule(kLogind, kLogindPath, kLogindManager, "PrepareForShutdown", ""),
                               [this](sd_bus_message* m) {
                                 int starting = 0;
                                 if (sd_bus_message_read(m, "b", &starting) >= 0) {
                                   host_stop_.SetPreparing(starting != 0);
                                 }
                               }));
  }

  // A subscription ends with systemd's own connection to the bus, so it is renewed with its name.
  void Subscribe() {
    subscribing_ = connection_->Call(
        {.destination = kSystemd,
         .path = kManagerPath,
         .interface = kManager,
         .member = "Subscribe"},
        [this](const absl::Status& error, sd_bus_message*) {
          subscribing_.reset();
          if (!error.ok() && error.code() != absl::StatusCode::kAlreadyExists) {
            OnLost(absl::UnavailableError(
                absl::StrCat("systemd does not answer on its bus (", std::string(error.message()),
                             "); unit checks need a host whose PID 1 is systemd")));
            return;
          }
          OnReady();
        });
  }

  void OnReady() {
    ready_ = true;
    ever_ready_ = true;
    failures_ = 0;
    why_down_ = absl::OkStatus();
    StartPulse();
    pulse_->OnReady();
    AskSystemState();
    ResolveAll();
  }

  void ResolveAll() {
    const std::vector<BusUnitWatch*> watches(watches_.begin(), watches_.end());
    for (BusUnitWatch* watch : watches) watch->Resolve();
  }

  void AskShutdown() {
    asking_logind_ =
        connection_->Call({.destination = kLogind,
                           .path = kLogindPath,
                           .interface = kProperties,
                           .member = "Get",
                           .arguments = {kLogindManager, "PreparingForShutdown"},
                           .auto_start = false},
                          [this](const absl::Status& error, sd_bus_message* m) {
                            asking_logind_.reset();
                            int starting = 0;
                            if (error.ok() && sd_bus_message_read(m, "v", "b", &starting) >= 0) {
                              host_stop_.SetPreparing(starting != 0);
                            }
                          });
  }

  // Each question is kept: its answer must come before that of what is asked next.
  void AskSystemState() override {
    if (asking_state_.size() >= kMaxBusQuestions) return;
    const uint64_t question = ++next_question_;
    asking_state_[question] =
        connection_->Call({.destination = kSystemd,
                           .path = kManagerPath,
                           .interface = kProperties,
                           .member = "Get",
                           .arguments = {kManager, "SystemState"}},
                          [this, question](const absl::Status& error, sd_bus_message* m) {
                            asking_state_.erase(question);
                            const char* state = nullptr;
                            if (error.ok() && sd_bus_message_read(m, "v", "s", &state) >= 0) {
                              host_stop_.SetStopping(std::string(state) == "stopping");
                            }
                          });
  }

  void OnJobNew(sd_bus_message* signal) {
    uint32_t id = 0;
    const char* path = nullptr;
    const char* unit = nullptr;
    if (sd_bus_message_read(signal, "uos", &id, &path, &unit) < 0 || id == 0) return;
    host_stop_.OnJobNew(unit);
    if (std::string(unit) == kShutdownTarget && ready_) AskSystemState();
    for (BusUnitWatch* watch : WatchesOf(unit)) watch->OnJobNew(id);
  }

  void OnJobRemoved(sd_bus_message* signal) {
    uint32_t id = 0;
    const char* path = nullptr;
    const char* unit = nullptr;
    const char* result = nullptr;
    if (sd_bus_message_read(signal, "uoss", &id, &path, &unit, &result) < 0) return;
    if (std::string(unit) == kShutdownTarget && ready_) AskSystemState();
    for (BusUnitWatch* watch : WatchesOf(unit)) watch->OnJobRemoved(id, result);
  }

  std::vector<BusUnitWatch*> WatchesOf(const std::string& unit) const {
    std::vector<BusUnitWatch*> found;
    for (BusUnitWatch* watch : watches_) {
      if (watch->canonical() == unit) found.push_back(watch);
    }
    return found;
  }

  void OnOwnerChanged(sd_bus_message* signal) {
    const char* name = nullptr;
    const char* old_owner = nullptr;
    const char* new_owner = nullptr;
    if (sd_bus_message_read(signal, "sss", &name, &old_owner, &new_owner) < 0) return;
    if (*new_owner != '\0') {
      retry_.reset();
      Subscribe();
    } else {
      retry_ = loop_.After(kReexecPatience, [this] {
        OnLost(absl::UnavailableError("systemd has left its bus and not come back"));
      });
    }
  }

  void OnReloading(sd_bus_message* signal) {
    int active = 0;
    if (sd_bus_message_read(signal, "b", &active) < 0 || active != 0) return;
    if (ready_) ResolveAll();
  }

  // May run within a handler of the connection, so that one is dropped only when it is replaced.
  void OnLost(const absl::Status& why) {
    ready_ = false;
    why_down_ = why;
    pulse_.reset();
    subscribing_.reset();  // a late answer makes nothing ready
    const bool hopeless = !ever_ready_ && address_.empty() && sd_booted() <= 0;
    retry_ = loop_.After(
        hopeless ? kNoSystemdRetry : FullJitter(failures_++, kMinBackoff, kMaxBackoff, random_()),
        [this] { Connect(); });
    const std::vector<BusUnitWatch*> watches(watches_.begin(), watches_.end());
    for (BusUnitWatch* watch : watches) watch->OnDown(why);
  }

  void DropConnection() {
    pulse_.reset();
    slots_.clear();
    subscribing_.reset();
    asking_logind_.reset();
    asking_state_.clear();
    connection_.reset();
  }

  Loop& loop_;
  const std::string address_;
  std::mt19937_64 random_;
  std::unique_ptr<BusConnection> connection_;
  std::unique_ptr<BusPulse> pulse_;
  std::vector<std::unique_ptr<BusSlot>> slots_;
  std::unique_ptr<BusSlot> subscribing_;
  std::unique_ptr<BusSlot> asking_logind_;
  uint64_t next_question_ = 0;
  std::map<uint64_t, std::unique_ptr<BusSlot>> asking_state_;
  std::unique_ptr<LoopSource> retry_;
  std::set<BusUnitWatch*> watches_;
  absl::Status why_down_;
  bool ready_ = false;
  bool ever_ready_ = false;
  int failures_ = 0;
  HostStopNews host_stop_;
};

}  // namespace

std::unique_ptr<SystemdBus> MakeSystemdBus(Loop& loop, const std::string& address) {
  return std::make_unique<RealSystemdBus>(loop, address);
}

}  // namespace faultline::host
