// What agents say, made by the agent's own judges: message stories are told in these words, so that
// no golden file shows what no agent tells. Times are left to who tells it.
#pragma once

#include <string>
#include <vector>

#include "agent/checks/observation.h"
#include "agent/checks/unit_verdict.h"
#include "common/clock.h"

namespace faultline::incidents {

using Seen = checks::Observation;

// A unit that runs; then what systemd tells of it.
class AgentUnit {
 public:
  explicit AgentUnit(const std::string& name);

  Seen Runs();
  Seen DoesNotExist();
  Seen IsBeingStopped(uint32_t job);
  Seen WasStopped(uint32_t job);  // after IsBeingStopped
  Seen IsBeingRestarted(uint32_t job);
  Seen ExitedWith(int status);
  Seen WasKilledBy(int signal);
  Seen WasKilledForMemory();
  Seen KeepsEnding(int status, int restarts);

 private:
  Seen Say(const std::optional<checks::Verdict>& verdict) const;
  checks::UnitVerdict verdict_;
  host::UnitProperties properties_;
};

Seen PortAnswers(const std::string& target);
Seen PortRefuses(const std::string& target);
Seen PortIsSilent(const std::string& target);
Seen PortIsOpenThatMustNotBe(const std::string& target);
Seen PortIsClosedAsItMustBe(const std::string& target);
Seen PingAnswers(const std::string& address);
Seen PingIsSilent(const std::string& address);

// `on`: "0.0.0.0:3306"; none: nothing listens.
Seen Listeners(const std::string& target, const std::vector<std::string>& on);

// One rule of an iptables INPUT chain in nft's words, "tcp dport 3306 drop", which came at `added`.
Seen FirewallHas(const std::string& rule, const std::string& port, WallTime added);
Seen FirewallIsOpen(const std::string& port);

Seen RouteIsGone(const std::string& address);
// The interface that leads there has no carrier.
Seen LinkIsDown(const std::string& address, const std::string& interface);

Seen DatabaseHangs(const std::string& server);
Seen DatabaseRefuses(const std::string& server);
Seen DatabaseSays(const std::string& server, int error, const std::string& text);

// `where`: "127.0.0.1:443", to which the agent connects instead of to the URL's own.
Seen PageAnswers(const std::string& url, const std::string& where, int status,
                 const std::string& phrase, const std::string& body);
// With a certificate whose dates are over: data/expired.pem, until 2026-11-21 21:09 UTC.
Seen PageHasExpiredCertificate(const std::string& url, const std::string& where);
Seen CertificateFile(const std::string& name, WallTime not_after, WallTime now);
// Of the file of PageHasExpiredCertificate.
Seen ExpiredCertificateFile(WallTime now);

struct LogLine {
  Span ago;  // before now
  std::string text;
};
// All of them errors; oldest first.
Seen LogHas(const std::string& log, const std::vector<LogLine>& lines, WallTime now);

Seen Disk(const std::string& path, uint64_t size, uint64_t left);
Seen Memory(double percent_available);
Seen ClockIsOff(Span by);
// Of the agent itself.
Seen JoinRefused();

}  // namespace faultline::incidents
