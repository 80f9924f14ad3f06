// Asks agents whether another host of their stack answers: whom, how often, and what came of it.
// Belongs to the engine's thread; no clock, no I/O.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "collector/incidents/book.h"
#include "collector/model/picture.h"
#include "collector/pipeline/messages.h"
#include "collector/pipeline/probe_aim.h"
#include "common/identity.h"
#include "common/token_bucket.h"

namespace faultline::pipeline {

// Who could look: a connected agent whose hello said so.
struct ProbeVantage {
  HostId host;
  uint64_t stream = 0;
  bool is_own = false;  // on the collector's own machine
};

struct ProbeRequest {
  uint64_t stream = 0;
  uint64_t request = 0;
  ProbeAim aim;
  Span deadline;
};

// Silence says nothing where no answer can come: packet filters and security groups let a host
// answer few others. So each host is looked at while it is well, now and then, and of those who
// look later only the silence of one who has got an answer before, in this run of the collector,
// counts.
class Probing {
 public:
  // A host is heard: from now on who gets an answer from it is found out, and whether it gets one
  // from others of its stack that have few who do.
  void IsHeard(const HostId& host, WallTime now);
  // It is not heard any more: it is looked at at once, then every second for a while, then less.
  void IsSilent(const HostId& host, WallTime now);
  // What was seen of a silent host does not count: it is looked at anew, in a second.
  void Anew(const HostId& host, WallTime now);
  // It said goodbye.
  void Forget(const HostId& host);

  // Requests that are due at `moment`. `vantages`: all that could look, in any stack.
  std::vector<ProbeRequest> Due(const std::vector<ProbeVantage>& vantages,
                                const model::Hosts& hosts, incidents::Moment moment);
  // What `from` answered; returns the host that it was asked about. What nobody asked of it, or
  // what comes too late, is passed over.
  std::optional<HostId> Take(const HostId& from, const ProbeResultMessage& result);

  // Of a silent host, since it is: the newest of each that can look.
  std::vector<model::Glimpse> Glimpses(const HostId& host) const;
  // When those who were asked at first have answered; {0} = they have, or nobody was.
  WallTime Awaited(const HostId& host) const;

  void ClockStepped(Span step);

 private:
  struct Target {
    bool is_silent = false;
    int rounds = 0;
    WallTime next;
    std::set<HostId> ways;  // who has got an answer from it
    std::map<HostId, model::Glimpse> glimpses;
  };
  struct Asked {
    HostId from;
    HostId about;
    WallTime at;
    WallTime until;
    bool is_first = false;  // of a silence
  };

  std::vector<const ProbeVantage*> Choose(const HostId& host, const Target& target,
                                          const ProbeAim& aim,
                                          const std::vector<ProbeVantage>& vantages,
                                          const model::Hosts& hosts, MonoTime now);
  void AskNewcomer(const HostId& newcomer, WallTime now);
  TokenBucket& BudgetOf(const HostId& vantage);

  std::map<HostId, Target> targets_;
  std::map<uint64_t, Asked> asked_;  // by request
  std::map<HostId, TokenBucket> budgets_;
  uint64_t next_request_ = 1;
};

}  // namespace faultline::pipeline
