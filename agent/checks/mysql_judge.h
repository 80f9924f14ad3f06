// What a server that answers says of itself, and whether that is well: PURE.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/checks/mysql_reasons.h"
#include "agent/checks/mysql_replica.h"

namespace faultline::checks {

struct MySqlHealth {
  std::string version;  // "10.11.19-MariaDB", empty: not asked yet
  bool read_only = false;
  Span query;                 // how long the last question took
  std::optional<Span> login;  // of the last complete login
  std::optional<double> threads_connected;
  std::optional<double> max_connections;
  std::optional<double> uptime_seconds;
  std::optional<double> aborted_connects;
  // Only where `replica_lag` asks for it.
  std::optional<std::vector<ReplicaChannel>> replicas;
  host::MySqlFailure replica_failure;
};

struct MySqlLimits {
  std::optional<Span> slow;
  std::optional<Span> replica_lag;
  bool writable = false;
};

// The graver first: READ_ONLY, REPLICA_STOPPED, SLOW_QUERY, REPLICA_LAG, then what could not be
// seen. Gauges always, evidence for each of them.
Observation JudgeMySql(const MySqlHealth& health, const MySqlLimits& limits,
                       const MySqlAsked& asked);

// `fresh`, and for what was not asked this time the answer of `before`.
MySqlHealth KeepKnown(MySqlHealth fresh, const MySqlHealth& before);

std::vector<GaugeValue> MySqlGauges(const MySqlHealth& health);

// For the declaration of the kind.
std::vector<ReasonDeclaration> MySqlHealthReasons();
std::vector<GaugeDeclaration> MySqlGaugeDeclarations();

}  // namespace faultline::checks
