#include "agent/agent.h"

#include <malloc.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>

#include <csignal>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/checks/registry.h"
#include "agent/host/host_facts.h"
#include "agent/host/loop.h"
#include "agent/host/systemd_bus.h"
#include "agent/host/worker_pool.h"
#include "agent/host_description.h"
#include "agent/host_prober.h"
#include "agent/joining.h"
#include "agent/link/enroller.h"
#include "agent/link/identity_store.h"
#include "agent/link/link.h"
#include "agent/reload.h"
#include "agent/reporter.h"
#include "agent/rights.h"
#include "agent/secret_files.h"
#include "agent/service_status.h"
#include "agent/spool/spool.h"
#include "common/log.h"
#include "common/place.h"
#include "common/reload_notice.h"

namespace faultline::agent {
namespace {

namespace v1 = faultline::v1;

constexpr size_t kWorkers = 2;
constexpr size_t kMaxQueuedWork = 256;
constexpr Span kStatusDelay = Span::Millis(200);
constexpr Span kSettled = Span::Seconds(10);
// How long a stop waits for news on the bus that the host goes down, and then for what that does to
// the watched units, looking so often.
constexpr Span kNewsOfShutdown = Span::Millis(50);
constexpr Span kLastLook = Span::Seconds(1);
constexpr Span kLastLookPulse = Span::Millis(10);

faultline::v1::Goodbye GoodbyeOf(host::HostStop stop) {
  using Goodbye = faultline::v1::Goodbye;
  Goodbye goodbye;
  goodbye.set_why(stop == host::HostStop::kNo ? Goodbye::WHY_AGENT_STOPPING
                                              : Goodbye::WHY_HOST_STOPPING);
  if (stop == host::HostStop::kReboot) goodbye.set_host_stop(Goodbye::HOST_STOP_REBOOT);
  if (stop == host::HostStop::kPowerOff) goodbye.set_host_stop(Goodbye::HOST_STOP_POWER_OFF);
  return goodbye;
}

class AgentImpl : public Agent, private link::Enroller::Listener {
 public:
  AgentImpl(const config::AgentConfig& config, const Clock& clock, std::unique_ptr<host::Loop> loop,
            std::unique_ptr<spool::Spool> spool, std::unique_ptr<link::Enroller> enroller,
            const AgentSeams& seams)
      : config_(config),
        clock_(clock),
        loop_(std::move(loop)),
        spool_(std::move(spool)),
        enroller_(std::move(enroller)),
        systemd_(host::MakeSystemdBus(*loop_, seams.bus_address)),
        host_(*loop_, seams.cloud, [this] { link_->OnHostFacts(); }),
        workers_(kWorkers, kMaxQueuedWork),
        prober_(*loop_, clock_,
                [this](v1::ProbeResult result) { link_->SendProbeResult(std::move(result)); }),
        reporter_({.loop = *loop_,
                   .workers = workers_,
                   .systemd = *systemd_,
                   .clock = clock_,
                   .spool = *spool_,
                   .state_dir = config.state_dir,
                   .boot_id = host::BootId(),
                   .on_change = [this] { StatusChanged(); },
                   .on_welcomed =
                       [this] {
                         if (enroller_ != nullptr) enroller_->Trust();
                       },
                   .on_refused =
                       [this] {
                         if (enroller_ != nullptr) enroller_->Doubt();
                       },
                   .on_probe_host = [this](const v1::ProbeHost& ask) { Probe(ask); }},
                  config.checks, config.absent) {}

  absl::Status Run() override {
    // Fails where the signals were not blocked (tests), which is fine: Stop is called then.
    sd_event_add_signal(loop_->raw(), nullptr, SIGTERM, OnSignal, this);
    sd_event_add_signal(loop_->raw(), nullptr, SIGINT, OnSignal, this);
    sd_event_add_signal(loop_->raw(), nullptr, SIGHUP, OnHangup, this);
    sd_event_set_watchdog(loop_->raw(), 1);
    faultline::v1::Hello hello;
    hello.set_protocol_version(1);
    hello.add_features("look_now");
    hello.add_features("probe_host");
    hello.set_agent_version(FAULTLINE_VERSION);
    hello.set_boot_id(host::BootId());
    hello.mutable_agent_started()->set_wall_ns(clock_.Now().ns);
    link::LinkOptions options{.address = config_.collector_address,
                              .server_name = config_.collector_name,
                              .tls = config_.tls};
    options.host_facts = [this] { return host_.Facts(); };
    if (enroller_ != nullptr) options.credentials = [this] { return enroller_->Credentials(); };
    host_.Start(config_.cloud != "none");
    link_ = link::Link::Start(options, hello, *spool_, reporter_, clock_);
    reporter_.Start(link_.get());
    // What is seen before this host has joined waits in the spool.
    if (enroller_ != nullptr) enroller_->Start(*this);
    LogInfo(absl::StrCat("faultline-agent ", FAULTLINE_VERSION, " watches with ",
                         config_.checks.size(), " checks; collector ", config_.collector_address));
    LogNotes();
    sd_notify(0, "READY=1");
    StatusChanged();
    TrimWhenSettled();
    absl::Status status = loop_->Run();
    status_timer_.reset();
    trim_timer_.reset();
    stop_timer_.reset();
    host_.Stop();
    prober_.Stop();
    sd_notify(0, "STOPPING=1");
    link_->set_goodbye(GoodbyeOf(systemd_->host_stop()));
    reporter_.StopChecks();
    if (enroller_ != nullptr) enroller_->Stop();
    link_.reset();
    if (const absl::Status flushed = spool_->Flush(); !flushed.ok()) {
      LogError(absl::StrCat("the spool could not be written at the end: ", flushed.ToString()));
    }
    return status;
  }

  void Stop() override {
    loop_->Post([this] { StopSoon(); });
  }

  void Reload() override {
    loop_->Post([this] { ReloadNow(); });
  }

 private:
  static int OnSignal(sd_event_source*, const signalfd_siginfo*, void* self) {
    static_cast<AgentImpl*>(self)->StopSoon();
    return 0;
  }

  static int OnHangup(sd_event_source*, const signalfd_siginfo*, void* self) {
    static_cast<AgentImpl*>(self)->ReloadNow();
    return 0;
  }

  // A host that goes down ends its agent in the same moment as its services. Those who are paged
  // later want to read that the service went down with its host, so the agent looks a little
  // longer.
  void StopSoon() {
    if (stop_timer_ != nullptr) return loop_->Stop();  // asked again: at once
    stop_asked_ = clock_.Mono();
    LookALastTime();
  }

  void LookALastTime() {
    const Span waited = clock_.Mono() - stop_asked_;
    const bool host_stops = systemd_->host_stop() != host::HostStop::kNo;
    const bool more_to_see =
        host_stops ? waited < kLastLook && reporter_.HasUnitThatIsUp() : waited < kNewsOfShutdown;
    if (!more_to_see) return loop_->Stop();
    stop_timer_ = loop_->After(kLastLookPulse, [this] { LookALastTime(); });
  }

  // Reads a small file on the loop's thread: nothing else is as quick to say what is wrong.
  void ReloadNow() {
    sd_notify(0, ReloadingNotice(clock_.Mono()).c_str());
    absl::StatusOr<config::AgentConfig> loaded =
        config::LoadAgentConfig(config_.file, {.judge_checks = &checks::NoteErrors});
    reload_refused_ = !loaded.ok();
    if (loaded.ok()) {
      TakeOver(*std::move(loaded));
    } else {
      for (const std::string& line : RefusalLines(loaded.status())) LogError(line);
    }
    if (enroller_ != nullptr) enroller_->Wake();
    sd_notify(0, "READY=1");
    StatusChanged();
    TrimWhenSettled();
  }

  void TakeOver(config::AgentConfig loaded) {
    std::optional<HostIdentity> joined;
    if (const auto present = link::IdentityStore::Peek(config_.state_dir); present.ok()) {
      joined = present->who;
    }
    for (const std::string& line : NeedsRestart(config_, loaded, joined)) LogWarning(line);
    const Reporter::Reloaded done = reporter_.Reload(loaded.checks, loaded.absent);
    config_.role = loaded.role;
    config_.checks = std::move(loaded.checks);
    config_.absent = std::move(loaded.absent);
    config_.notes = std::move(loaded.notes);
    LogInfo(absl::StrCat("reloaded ", config_.file, ": ", config_.checks.size(),
                         " checks, of them ", done.kept, " as before, ", done.changed, " changed, ",
                         done.added, " new; ", done.removed, " removed"));
    LogNotes();
  }

  void Probe(const v1::ProbeHost& ask) {
    const v1::HostFacts own = host_.Facts();
    const absl::Status begun = prober_.Probe(ask, {own.addresses().begin(), own.addresses().end()});
    if (!begun.ok()) {
      LogWarning(absl::StrCat("the collector asks to look at another host: ",
                              std::string(begun.message())));
    }
  }

  void OnCredentials() override { link_->OnCredentials(); }

  void OnJoinState(const link::JoinState& state) override {
    loop_->Post([this, state] { reporter_.ReportJoining(state); });
  }

  void LogNotes() {
    for (const std::string& note : config_.notes) LogNotice(note);
    for (const std::string& line : MissingRights(config_.checks)) LogWarning(line);
    for (const std::string& line : OpenSecretFiles(config_)) LogWarning(line);
  }

  // systemctl status shows it. Many checks may change at once: the last word is enough.
  void StatusChanged() {
    if (status_timer_ != nullptr) return;
    status_timer_ = loop_->After(kStatusDelay, [this] {
      status_timer_.reset();
      sd_notify(0, StatusNotice(reporter_.Summarize(), reload_refused_).c_str());
    });
  }

  // The configuration's tree, the first handshakes and snapshots leave a heap of holes behind.
  void TrimWhenSettled() {
    trim_timer_ = loop_->After(kSettled, [] { malloc_trim(0); });
  }

  config::AgentConfig config_;
  const Clock& clock_;
  std::unique_ptr<host::Loop> loop_;
  std::unique_ptr<spool::Spool> spool_;
  const std::unique_ptr<link::Enroller> enroller_;  // null with certificates of its own
  std::unique_ptr<host::SystemdBus> systemd_;
  HostDescription host_;
  host::WorkerPool workers_;
  HostProber prober_;
  Reporter reporter_;
  std::unique_ptr<link::Link> link_;
  std::unique_ptr<host::LoopSource> status_timer_;
  std::unique_ptr<host::LoopSource> trim_timer_;
  std::unique_ptr<host::LoopSource> stop_timer_;
  MonoTime stop_asked_;
  bool reload_refused_ = false;
};

}  // namespace

void BlockSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int asked : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, asked);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  // Nobody who sends one of these means to end watching.
  for (const int ignored : {SIGPIPE, SIGUSR1, SIGUSR2}) signal(ignored, SIG_IGN);
}

absl::Status CheckStateDirectory(const config::AgentConfig& config) {
  const auto place = CheckPlace(config.state_dir + "/spool");
  if (place.ok()) return place;
  return {place.code(), absl::StrCat("state_dir: ", place.message())};
}

absl::StatusOr<std::unique_ptr<Agent>> Agent::Create(const config::AgentConfig& config,
                                                     const Clock& clock, const AgentSeams& seams) {
  if (absl::Status valid = checks::ValidateChecks(config); !valid.ok()) return valid;
  auto tls = config.join.enabled() ? absl::OkStatus() : link::CheckTlsFiles(config.tls);
  if (!tls.ok()) return tls;
  if (absl::Status state = CheckStateDirectory(config); !state.ok()) return state;
  auto loop = host::Loop::Create();
  if (!loop.ok()) return loop.status();
  auto spool = spool::Spool::Open({.directory = config.state_dir + "/spool"});
  if (!spool.ok()) return spool.status();
  for (const std::string& note : (*spool)->notes()) LogWarning(absl::StrCat("spool: ", note));
  std::unique_ptr<link::Enroller> enroller;
  if (config.join.enabled()) {
    auto made = MakeEnroller(config, clock);
    if (!made.ok()) return made.status();
    enroller = *std::move(made);
  }
  return std::make_unique<AgentImpl>(config, clock, *std::move(loop), *std::move(spool),
                                     std::move(enroller), seams);
}

}  // namespace faultline::agent
