// The check `listener`: its declaration, and the watcher that dumps at the right moments.
#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "agent/checks/check.h"
#include "agent/checks/listener_judge.h"
#include "agent/checks/registry.h"
#include "agent/checks/stamp.h"
#include "agent/host/systemd_bus.h"

namespace faultline::checks {

const CheckKind& ListenerCheckKind();

namespace {

// After a loss the kernel does not tell when the port is back: look often at first.
constexpr Span kOften = Span::Millis(200);
constexpr Span kOftenFor = Span::Seconds(5);
constexpr Span kSometimes = Span::Seconds(1);
constexpr Span kSometimesFor = Span::Seconds(60);
constexpr Span kRetryWatch = Span::Seconds(30);

class ListenerCheck : public Check, public host::UnitListener {
 public:
  ListenerCheck(const config::CheckConfig& check, const CheckContext& context)
      : context_(context),
        target_text_(check.id.target),
        interval_(IntervalOf(check, ListenerCheckKind())),
        cgroup_root_(host::UnifiedCgroupRoot()) {
    target_ = ParseListenerTarget(target_text_).value_or(ListenerTarget{});
    owner_.unit = StringOption(check, ListenerCheckKind(), "unit");
    owner_.systemd = host::SystemdCgroups(cgroup_root_);
  }

  void Start() override {
    WatchEnds();
    if (!owner_.unit.empty()) unit_watch_ = context_.systemd.Watch(owner_.unit, *this);
    Look();
  }

  void LookNow(std::function<void()> done) override {
    waiting_.push_back(std::move(done));
    Look();
  }

  // A unit that just became active may have opened its port: a hint, and the kernel gives none.
  void OnProperties(const host::UnitProperties& properties) override {
    const bool not_found = properties.load_state == "not-found";
    const bool changed = !unit_answered_ || not_found != owner_.not_found ||
                         properties.main_pid != main_pid_ ||
                         properties.active_state != active_state_;
    unit_answered_ = true;
    owner_.not_found = not_found;
    main_pid_ = properties.main_pid;
    active_state_ = properties.active_state;
    if (!properties.id.empty() && properties.id != canonical_unit_) {
      canonical_unit_ = properties.id;
      context_.sink.ResolvedUnit(canonical_unit_);
    }
    if (changed) Look();
  }
  void OnJob(uint32_t /*id*/, const std::string& /*type*/) override {}
  void OnJobRemoved(uint32_t /*id*/, const std::string& /*result*/) override {}
  // Without systemd the port is watched all the same; only its owner stays unknown.
  void OnUnavailable(const absl::Status& /*why*/) override {
    if (!std::exchange(unit_answered_, true)) Look();
  }

 private:
  void WatchEnds() {
    auto watch = host::WatchListenerEnds(context_.loop, target_.port, [this] { Look(); });
    if (watch.ok()) {
      ends_ = *std::move(watch);
      return;
    }
    // The dumps go on meanwhile: slower, not blind.
    retry_watch_ = context_.loop.After(kRetryWatch, [this] { WatchEnds(); });
  }

  void Look() {
    const absl::StatusOr<std::vector<host::ListeningSocket>> listeners =
        host::DumpListeners(target_.port);
    Observation seen;
    if (listeners.ok()) {
      FindOwner();
      seen = JudgeListeners(*listeners, target_, target_text_, owner_);
    } else {
      // A kernel without tcp_diag says "not found".
      seen = CouldNotLook("CANNOT_LIST",
                          absl::StrCat(std::string(listeners.status().message()),
                                       absl::IsNotFound(listeners.status())
                                           ? "; load the kernel module tcp_diag (modprobe tcp_diag)"
                                           : "; the agent needs AF_NETLINK "
                                             "(RestrictAddressFamilies=)"));
    }
    ScheduleNext(seen.state == State::kCritical);
    // Whose it is depends on which unit that is, which systemd has been asked and not yet said.
    const bool rests_on_owner = seen.state == State::kOk || seen.reason == kWrongProcess;
    if (!owner_.unit.empty() && !unit_answered_ && rests_on_owner) return;
    Stamp(context_.clock, &seen);
    context_.sink.Report(std::move(seen));
    std::vector<std::function<void()>> waiting;
    waiting.swap(waiting_);
    for (const std::function<void()>& done : waiting) done();
  }

  // Anew at each look: a restarted unit has a new directory.
  void FindOwner() {
    if (owner_.unit.empty()) return;
    owner_.cgroups = host::FindUnitCgroups(canonical_unit_.empty() ? owner_.unit : canonical_unit_,
                                           main_pid_, cgroup_root_);
  }

  void ScheduleNext(bool lost) {
    const MonoTime now = context_.clock.Mono();
    if (lost && !lost_) lost_since_ = now;
    lost_ = lost;
    Span wait = interval_;
    if (lost && now - lost_since_ < kOftenFor) {
      wait = std::min(wait, kOften);
    } else if (lost && now - lost_since_ < kSometimesFor) {
      wait = std::min(wait, kSometimes);
    }
    next_ = context_.loop.After(wait, [this] { Look(); });
  }

  const CheckContext context_;
  const std::string target_text_;
  const Span interval_;
  const std::string cgroup_root_;
  ListenerTarget target_;
  ListenerOwner owner_;
  std::string canonical_unit_;
  std::string active_state_;
  uint32_t main_pid_ = 0;
  bool unit_answered_ = false;                  // or cannot be
  std::vector<std::function<void()>> waiting_;  // for the next report
  bool lost_ = false;
  MonoTime lost_since_;
  std::unique_ptr<host::LoopSource> ends_;
  std::unique_ptr<host::LoopSource> retry_watch_;
  std::unique_ptr<host::LoopSource> next_;
  std::unique_ptr<host::UnitWatch> unit_watch_;
};

absl::Status ValidateListener(const config::CheckConfig& check) {
  const absl::StatusOr<ListenerTarget> target = ParseListenerTarget(check.id.target);
  if (!target.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("target: ", std::string(target.status().message())));
  }
  return absl::OkStatus();
}

CheckKind DeclareListener() {
  CheckKind kind;
  kind.kind = "listener";
  kind.help =
      "Whether a process of this host listens on a TCP port, on an address that others can reach. "
      "The kernel tells at once when a listener ends; new ones are found by listing.";
  kind.target_help =
      "a port, or a local address with a port, as in 3306, 10.0.2.10:3306 or [::]:80";
  kind.rights =
      "None. It sees the agent's network namespace: what a container listens on inside is not "
      "there.";
  kind.default_interval = Span::Seconds(30);
  kind.min_interval = Span::Millis(200);
  kind.options = {{.name = "unit",
                   .type = OptionType::kString,
                   .help = "The systemd unit that must own the listener, as in mysql.service; "
                           "without it any process will do."}};
  kind.reasons = {
      {"NOT_LISTENING", "CRITICAL: no socket listens on the target."},
      {"LOOPBACK_ONLY", "CRITICAL: it listens on 127.0.0.0/8 or ::1 only (a wrong bind address)."},
      {kWrongProcess,
       "CRITICAL: the listener is not in the cgroup of `unit`. Told only where the kernel gives "
       "the socket's cgroup and it is not systemd's own (socket activation)."},
      {"UNIT_NOT_FOUND", "UNKNOWN: there is a listener, but systemd knows no such `unit`."},
      {"CANNOT_LIST", "UNKNOWN: the kernel does not list sockets for this process."}};
  kind.gauges = {
      {"listener_accept_queue_length", "Connections that wait to be accepted by the service."},
      {"listener_accept_queue_limit",
       "How many connections may wait before the kernel drops new ones."}};
  kind.validate = &ValidateListener;
  kind.make = [](const config::CheckConfig& check,
                 const CheckContext& context) -> std::unique_ptr<Check> {
    return std::make_unique<ListenerCheck>(check, context);
  };
  return kind;
}

}  // namespace

const CheckKind& ListenerCheckKind() {
  static const CheckKind kKind = DeclareListener();
  return kKind;
}

}  // namespace faultline::checks
