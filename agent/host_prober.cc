#include "agent/host_prober.h"

#include <algorithm>
#include <utility>

#include "absl/status/statusor.h"
#include "agent/checks/port_options.h"
#include "agent/host/icmp_echo.h"
#include "agent/host/tcp_prober.h"
#include "agent/probe_ask.h"

namespace faultline::agent {
namespace {

using faultline::v1::ProbedPath;
using faultline::v1::ProbeResult;

// One packet may be lost; three within half a second are not.
constexpr Span kProbeAgain = Span::Millis(250);
constexpr int kProbePackets = 3;
constexpr size_t kMaxProbesUnderWay = 4;

ProbedPath::Answer AnswerOf(const host::EchoAnswer& echo) {
  switch (echo.kind) {
    case host::EchoAnswerKind::kReply:
      return ProbedPath::ANSWER_YES;
    case host::EchoAnswerKind::kHostUnreachable:
      return ProbedPath::ANSWER_UNREACHABLE;
    default:
      return ProbedPath::ANSWER_CANNOT_PROBE;
  }
}

ProbedPath::Answer AnswerOf(const host::TcpAnswer& tcp, const host::IpAddress& target) {
  switch (tcp.kind) {
    case host::TcpAnswerKind::kOpen:
      return ProbedPath::ANSWER_YES;
    case host::TcpAnswerKind::kRefused:
      // A firewall on the way that rejects is not the host.
      return tcp.by_icmp && tcp.from != target ? ProbedPath::ANSWER_CANNOT_PROBE
                                               : ProbedPath::ANSWER_REFUSED;
    case host::TcpAnswerKind::kReset:
      return ProbedPath::ANSWER_REFUSED;
    case host::TcpAnswerKind::kHostUnreachable:
      return ProbedPath::ANSWER_UNREACHABLE;
    default:
      return ProbedPath::ANSWER_CANNOT_PROBE;
  }
}

bool IsTheHostsOwn(ProbedPath::Answer answer) {
  return answer == ProbedPath::ANSWER_YES || answer == ProbedPath::ANSWER_REFUSED;
}

}  // namespace

class HostProber::Look {
 public:
  Look(host::Loop& loop, const Clock& clock, ProbeAsk ask, std::function<void()> over)
      : loop_(loop), clock_(clock), ask_(std::move(ask)), over_(std::move(over)) {}

  void Begin() {
    begun_ = clock_.Mono();
    for (const host::IpAddress& address : ask_.addresses) {
      paths_.push_back(std::make_unique<Path>());
      OpenEcho(address, *paths_.back());
      for (const uint16_t port : ask_.ports) {
        paths_.push_back(std::make_unique<Path>());
        OpenPort(address, port, *paths_.back());
      }
    }
    Send();
    again_ = loop_.Every(kProbeAgain, kProbeAgain, [this] { Again(); });
    deadline_ = loop_.After(ask_.deadline, [this] { End(); });
  }

  ProbeResult Result() {
    // What has arrived and was not told yet.
    for (const auto& path : paths_) {
      if (path->echo != nullptr) path->echo->Poll();
      if (path->prober == nullptr) continue;
      if (const auto answer = path->prober->Poll(); answer.has_value()) OnTcp(*path, *answer);
    }
    ProbeResult result;
    result.set_request(ask_.request);
    for (const auto& path : paths_) *result.add_paths() = path->said;
    return result;
  }

 private:
  struct Path {
    ProbedPath said;
    host::IpAddress target;
    std::unique_ptr<host::IcmpEcho> echo;
    std::unique_ptr<host::TcpProber> prober;
    bool connects = false;  // each repetition would be a connection of its own
    bool sends = true;
  };

  static void Describe(const host::IpAddress& address, uint16_t port, Path& path) {
    path.target = address;
    path.said.set_address(address.ToString());
    path.said.set_port(port);
    path.said.set_answer(ProbedPath::ANSWER_NONE);
  }

  void OpenEcho(const host::IpAddress& address, Path& path) {
    Describe(address, 0, path);
    auto echo = host::OpenIcmpEcho(loop_, address, [this, &path](const host::EchoAnswer& answer) {
      Take(path, AnswerOf(answer), answer.sent);
    });
    if (echo.ok()) {
      path.echo = *std::move(echo);
    } else {
      path.said.set_answer(ProbedPath::ANSWER_CANNOT_PROBE);
    }
  }

  void OpenPort(const host::IpAddress& address, uint16_t port, Path& path) {
    Describe(address, port, path);
    const auto on_answer = [this, &path](const host::TcpAnswer& answer) { OnTcp(path, answer); };
    auto half_open = host::MakeHalfOpenProber(loop_, address, port, on_answer);
    if (half_open.ok()) {
      path.prober = *std::move(half_open);
    } else if (absl::IsPermissionDenied(half_open.status()) && !checks::IsMySqlPort(port)) {
      path.prober = host::MakeConnectProber(loop_, address, port, on_answer);
      path.connects = true;
    } else {
      path.said.set_answer(ProbedPath::ANSWER_CANNOT_PROBE);
    }
  }

  void OnTcp(Path& path, const host::TcpAnswer& answer) {
    Take(path, AnswerOf(answer, path.target), begun_);
  }

  // The host's own answer stands; of others the newest.
  static void Keep(Path& path, ProbedPath::Answer answer) {
    if (!IsTheHostsOwn(path.said.answer())) path.said.set_answer(answer);
  }

  void Take(Path& path, ProbedPath::Answer answer, MonoTime sent) {
    if (IsTheHostsOwn(path.said.answer())) return;
    Keep(path, answer);
    if (IsTheHostsOwn(answer)) path.said.set_round_trip_ns((clock_.Mono() - sent).ns);
  }

  void Send() {
    ++packets_;
    const MonoTime now = clock_.Mono();
    for (const auto& path : paths_) {
      if (!path->sends || IsTheHostsOwn(path->said.answer())) continue;
      if (path->connects) path->sends = false;
      if (path->echo != nullptr) {
        if (const auto failed = path->echo->Send(now)) Keep(*path, AnswerOf(*failed));
      } else if (path->prober != nullptr) {
        if (const auto known = path->prober->Send()) OnTcp(*path, *known);
      }
    }
  }

  // Destroys this look.
  void End() {
    const std::function<void()> over = over_;
    over();
  }

  void Again() {
    const bool all = std::all_of(paths_.begin(), paths_.end(), [](const auto& path) {
      return IsTheHostsOwn(path->said.answer()) ||
             (path->echo == nullptr && path->prober == nullptr);
    });
    if (all) return End();
    if (packets_ < kProbePackets) Send();
  }

  host::Loop& loop_;
  const Clock& clock_;
  const ProbeAsk ask_;
  const std::function<void()> over_;
  MonoTime begun_;
  int packets_ = 0;
  std::vector<std::unique_ptr<Path>> paths_;
  std::unique_ptr<host::LoopSource> again_;
  std::unique_ptr<host::LoopSource> deadline_;
};

HostProber::HostProber(host::Loop& loop, const Clock& clock, Answered answered)
    : loop_(loop), clock_(clock), answered_(std::move(answered)) {}

HostProber::~HostProber() = default;

void HostProber::Stop() { looks_.clear(); }

absl::Status HostProber::Probe(const faultline::v1::ProbeHost& ask,
                               const std::vector<std::string>& own) {
  absl::StatusOr<ProbeAsk> read = ReadProbeAsk(ask, own);
  if (!read.ok()) return read.status();
  if (looks_.size() >= kMaxProbesUnderWay) {
    return absl::ResourceExhaustedError("four looks are under way; not answered");
  }
  looks_.emplace_back();
  const auto place = std::prev(looks_.end());
  *place = std::make_unique<Look>(loop_, clock_, *std::move(read),
                                  [this, place] { Finish(place->get()); });
  (*place)->Begin();
  return absl::OkStatus();
}

// Runs within a timer of the look's own, which may be destroyed there.
void HostProber::Finish(Look* look) {
  const ProbeResult result = look->Result();
  looks_.remove_if([look](const std::unique_ptr<Look>& one) { return one.get() == look; });
  answered_(result);
}

}  // namespace faultline::agent
