#include "tests/collector/incidents/agent_words.h"

#include <fstream>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "agent/checks/certificate_file.h"
#include "agent/checks/certificate_judge.h"
#include "agent/checks/clock_judge.h"
#include "agent/checks/disk_judge.h"
#include "agent/checks/firewall_judge.h"
#include "agent/checks/http_judge.h"
#include "agent/checks/http_target.h"
#include "agent/checks/listener_judge.h"
#include "agent/checks/log_window.h"
#include "agent/checks/make_observation.h"
#include "agent/checks/memory_judge.h"
#include "agent/checks/mysql_reasons.h"
#include "agent/checks/ping_words.h"
#include "agent/checks/port_words.h"
#include "agent/checks/route_judge.h"
#include "agent/link/join_state.h"
#include "tests/agent/checks/firewall_testing.h"

namespace faultline::incidents {
namespace {

constexpr int32_t kExited = 1;
constexpr int32_t kKilled = 2;

host::IpAddress Ip(const std::string& text) { return host::ParseIpAddress(text).value(); }

checks::Surroundings Around(Span at) { return {.now = MonoTime{at.ns}}; }

checks::MySqlAsked Asked(const std::string& server) {
  return {.server = server, .user = "faultline", .timeout = Span::Seconds(3)};
}

std::string ExpiredPem() {
  std::ifstream file(FAULTLINE_SOURCE_DIR "/tests/collector/incidents/data/expired.pem");
  return {std::istreambuf_iterator<char>(file), {}};
}

checks::HttpExpectation Page(const std::string& url, const std::string& where) {
  checks::HttpExpectation expected;
  expected.shown = where.empty() ? url : absl::StrCat(url, " (at ", where, ")");
  expected.host = checks::ParseHttpUrl(url)->host;
  expected.statuses = {{200, 200}};
  expected.timeout = Span::Seconds(5);
  return expected;
}

host::Route Network() {
  host::Route route;
  route.type = host::RouteType::kUnicast;
  route.destination = Ip("10.0.2.0");
  route.prefix_length = 24;
  route.hops = {{Ip("10.0.1.1"), 7}};
  return route;
}

host::RouteFound Route(bool carrier) {
  host::RouteFound found;
  found.outcome = host::RouteFound::Outcome::kRoute;
  found.entry = Network();
  found.hop = {Ip("10.0.1.1"), 7};
  found.source = Ip("10.0.1.20");
  found.link = {7, "eth0", true, carrier};
  return found;
}

}  // namespace

AgentUnit::AgentUnit(const std::string& name) : verdict_(name) {
  properties_.id = name;
  properties_.load_state = "loaded";
  properties_.active_state = "active";
  properties_.sub_state = "running";
  properties_.result = "success";
}

// As unit_check.cc sends a verdict.
Seen AgentUnit::Say(const std::optional<checks::Verdict>& verdict) const {
  Seen seen;
  seen.state = verdict->state;
  seen.reason = verdict->reason;
  seen.detail = verdict->detail;
  for (const std::string& text : verdict->evidence) seen.evidence.push_back({.text = text});
  seen.gauges = {{"unit_restarts_total", static_cast<double>(properties_.restarts)}};
  return seen;
}

Seen AgentUnit::Runs() { return Say(verdict_.OnProperties(properties_, Around({}))); }

Seen AgentUnit::DoesNotExist() {
  properties_ = {};
  properties_.load_state = "not-found";
  return Say(verdict_.OnProperties(properties_, Around(Span::Seconds(1))));
}

Seen AgentUnit::IsBeingStopped(uint32_t job) {
  Runs();
  verdict_.OnJob(job, "stop", Around({}));
  properties_.active_state = "deactivating";
  properties_.job_id = job;
  return Say(verdict_.OnProperties(properties_, Around({})));
}

Seen AgentUnit::WasStopped(uint32_t job) {
  IsBeingStopped(job);
  properties_.active_state = "inactive";
  verdict_.OnProperties(properties_, Around({}));
  properties_.job_id = 0;
  return Say(verdict_.OnJobRemoved(job, "done", Around({})));
}

Seen AgentUnit::IsBeingRestarted(uint32_t job) {
  Runs();
  verdict_.OnJob(job, "restart", Around({}));
  properties_.active_state = "deactivating";
  properties_.job_id = job;
  return Say(verdict_.OnProperties(properties_, Around({})));
}

Seen AgentUnit::ExitedWith(int status) {
  Runs();
  properties_.active_state = "failed";
  properties_.result = "exit-code";
  properties_.exec_main_code = kExited;
  properties_.exec_main_status = status;
  return Say(verdict_.OnProperties(properties_, Around({})));
}

Seen AgentUnit::WasKilledBy(int signal) {
  Runs();
  properties_.active_state = "failed";
  properties_.result = "signal";
  properties_.exec_main_code = kKilled;
  properties_.exec_main_status = signal;
  return Say(verdict_.OnProperties(properties_, Around({})));
}

Seen AgentUnit::WasKilledForMemory() {
  Runs();
  properties_.active_state = "failed";
  properties_.result = "oom-kill";
  return Say(verdict_.OnProperties(properties_, Around({})));
}

Seen AgentUnit::KeepsEnding(int status, int restarts) {
  Seen last = Runs();
  for (int i = 1; i <= restarts; ++i) {
    properties_.active_state = "activating";
    properties_.sub_state = "auto-restart";
    properties_.result = "exit-code";
    properties_.exec_main_code = kExited;
    properties_.exec_main_status = status;
    properties_.restarts = static_cast<uint32_t>(i);
    last = Say(verdict_.OnProperties(properties_, Around(Span::Millis(i * 500))));
  }
  return last;
}

Seen PortAnswers(const std::string& target) {
  return checks::DescribeAnswer({}, target, target, Span::Millis(1));
}

Seen PortRefuses(const std::string& target) {
  return checks::DescribeAnswer({.kind = host::TcpAnswerKind::kRefused}, target, target, {});
}

Seen PortIsSilent(const std::string& target) {
  return checks::DescribeSilence({.misses = 5, .over = Span::Millis(310), .usual = Span{400'000}},
                                 target, target);
}

Seen PortIsOpenThatMustNotBe(const std::string& target) {
  return checks::ExpectClosed(PortAnswers(target));
}

Seen PortIsClosedAsItMustBe(const std::string& target) {
  return checks::ExpectClosed(PortIsSilent(target));
}

Seen PingAnswers(const std::string& address) {
  return checks::DescribeReply(address, address, Span::Millis(1));
}

Seen PingIsSilent(const std::string& address) {
  return checks::DescribePingSilence(
      {.misses = 5, .over = Span::Millis(4200), .usual = Span::Millis(1), .ever_answered = true},
      address, address);
}

Seen Listeners(const std::string& target, const std::vector<std::string>& on) {
  std::vector<host::ListeningSocket> sockets;
  for (const std::string& text : on) {
    const host::HostPort place = host::ParseHostPort(text).value();
    sockets.push_back({.address = Ip(place.host), .port = place.port, .queue_limit = 80});
  }
  return checks::JudgeListeners(sockets, checks::ParseListenerTarget(target).value(), target, {});
}

Seen FirewallHas(const std::string& rule, const std::string& port, WallTime added) {
  checks::FirewallHistory history;
  const auto read = [&](const std::vector<std::string>& rules, WallTime changed, MonoTime at) {
    const auto survey =
        checks::SurveyFirewall({.nft = checks::InputChain(rules)}, checks::Ask(port));
    history.Add(*survey, changed, at);
    return *survey;
  };
  read({}, {}, MonoTime{1});
  const checks::FirewallSurvey survey = read({rule}, added, MonoTime{2});
  return JudgeFirewall(survey, history, checks::Around(port), MonoTime{2}).observation;
}

Seen FirewallIsOpen(const std::string& port) {
  return checks::JudgeText({.nft = checks::InputChain({})}, port).value();
}

Seen RouteIsGone(const std::string& address) {
  return checks::JudgeRoute({}, {.target = address,
                                 .address = address,
                                 .last_route = checks::FormatRoute(Route(true)),
                                 .last_link = {7, "eth0", true, true},
                                 .last_link_name = "eth0"});
}

Seen LinkIsDown(const std::string& address, const std::string& interface) {
  host::RouteFound found = Route(false);
  found.link.name = interface;
  return checks::JudgeRoute(found, {.target = address, .address = address});
}

Seen DatabaseHangs(const std::string& server) {
  return checks::DescribeMySqlFailure({.kind = host::MySqlFailureKind::kNoAnswer}, Asked(server));
}

Seen DatabaseRefuses(const std::string& server) {
  return checks::DescribeMySqlFailure({.kind = host::MySqlFailureKind::kRefused}, Asked(server));
}

Seen DatabaseSays(const std::string& server, int error, const std::string& text) {
  return checks::DescribeMySqlFailure(
      {.kind = host::MySqlFailureKind::kServerError, .number = error, .text = text}, Asked(server));
}

Seen PageAnswers(const std::string& url, const std::string& where, int status,
                 const std::string& phrase, const std::string& body) {
  host::HttpResult result;
  result.answer =
      host::HttpAnswer{.status = status, .phrase = phrase, .server = "nginx", .body = body};
  result.times = {.connect = Span{300'000}, .tls = Span::Millis(2)};
  result.first_byte = Span::Millis(8);
  result.total = Span::Millis(9);
  return checks::JudgeHttp(Page(url, where), result, false).observation;
}

Seen PageHasExpiredCertificate(const std::string& url, const std::string& where) {
  host::HttpResult result;
  result.answer = host::HttpAnswer{.status = 200, .phrase = "OK", .server = "nginx"};
  result.tls = host::TlsFacts{
      .version = "TLSv1.3",
      .doubts = {{.kind = host::TlsDoubtKind::kExpired, .words = "certificate has expired"}},
      .chain = ExpiredPem()};
  return checks::JudgeHttp(Page(url, where), result, false).observation;
}

Seen CertificateFile(const std::string& name, WallTime not_after, WallTime now) {
  checks::CertificateFacts facts;
  facts.name = name;
  facts.names = {name};
  facts.not_after = not_after;
  facts.not_before = not_after - Span::Seconds(int64_t{90} * 86400);
  return checks::JudgeCertificate(facts, {}, now).observation;
}

Seen ExpiredCertificateFile(WallTime now) {
  return checks::JudgeCertificate(checks::ParseCertificates(ExpiredPem(), {}).value(), {}, now)
      .observation;
}

Seen LogHas(const std::string& log, const std::vector<LogLine>& lines, WallTime now) {
  checks::LogJudge judge(Span::Seconds(60));
  for (const LogLine& line : lines) judge.OnError(now - line.ago, now, line.text);
  return judge.Judge(log, now);
}

Seen Disk(const std::string& path, uint64_t size, uint64_t left) {
  return checks::JudgeDisk(path,
                           {.real_path = path,
                            .mount_point = path,
                            .type = "ext4",
                            .source = "/dev/nvme1n1",
                            .size_bytes = size,
                            .free_bytes = left,
                            .available_bytes = left,
                            .files = 1000,
                            .files_free = 900},
                           {}, {});
}

Seen Memory(double percent_available) {
  const uint64_t total = uint64_t{2} << 30;
  checks::MemoryFacts facts;
  facts.meminfo = {{"MemTotal", total},
                   {"MemAvailable",
                    static_cast<uint64_t>(static_cast<double>(total) * percent_available / 100)}};
  return checks::JudgeMemory(facts, {}, {}, WallTime{});
}

Seen ClockIsOff(Span by) {
  host::ClockFacts facts;
  facts.synchronised = true;
  facts.offset = by;
  return checks::JudgeClock(facts, {}, {}, WallTime{});
}

Seen JoinRefused() {
  const link::JoinState state = link::NotJoined(
      link::JoinStep::kCollector, absl::PermissionDeniedError("the name \"db-1\" is taken"), "");
  return checks::MakeObservation(State::kWarning, state.reason, state.detail);
}

}  // namespace faultline::incidents
