#include "agent/checks/mysql_judge.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/checks/milliseconds.h"

namespace faultline::checks {
namespace {

std::string ChannelText(const ReplicaChannel& channel) {
  return channel.name.empty() ? "replication" : absl::StrCat("replication \"", channel.name, "\"");
}

// Keeps the first finding as the word, and all of them as evidence.
class MySqlFindings {
 public:
  explicit MySqlFindings(Observation* out) : out_(*out) {}

  void Add(State state, const char* reason, const std::string& text) {
    if (out_.reason.empty()) {
      out_.state = state;
      out_.reason = reason;
      out_.detail = text;
    }
    out_.evidence.push_back({text, {}});
  }

 private:
  Observation& out_;
};

std::optional<Span> WorstLag(const MySqlHealth& health) {
  std::optional<Span> worst;
  if (!health.replicas.has_value()) return worst;
  for (const ReplicaChannel& channel : *health.replicas) {
    if (channel.lag.has_value()) worst = std::max(worst.value_or(Span{}), *channel.lag);
  }
  return worst;
}

void JudgeStopped(const MySqlHealth& health, const std::string& server, MySqlFindings& findings) {
  if (!health.replicas.has_value()) return;
  for (const ReplicaChannel& channel : *health.replicas) {
    if (channel.receiving && channel.applying) continue;
    findings.Add(State::kCritical, "REPLICA_STOPPED",
                 absl::StrCat(server, ": ", ChannelText(channel),
                              channel.applying    ? " does not receive from its source"
                              : channel.receiving ? " does not apply what it receives"
                                                  : " neither receives nor applies",
                              channel.error.empty() ? "" : " (", channel.error,
                              channel.error.empty() ? "" : ")"));
  }
}

void JudgeLag(const MySqlHealth& health, const MySqlLimits& limits, const std::string& server,
              MySqlFindings& findings) {
  if (!limits.replica_lag.has_value() || !health.replicas.has_value()) return;
  for (const ReplicaChannel& channel : *health.replicas) {
    if (!channel.lag.has_value() || *channel.lag <= *limits.replica_lag) continue;
    findings.Add(State::kWarning, "REPLICA_LAG",
                 absl::StrCat(server, ": ", ChannelText(channel), " is ", FormatSpan(*channel.lag),
                              " behind (allowed ", FormatSpan(*limits.replica_lag), ")"));
  }
}

}  // namespace

Observation JudgeMySql(const MySqlHealth& health, const MySqlLimits& limits,
                       const MySqlAsked& asked) {
  Observation out;
  out.state = State::kOk;
  MySqlFindings findings(&out);
  if (limits.writable && health.read_only) {
    findings.Add(State::kCritical, "READ_ONLY",
                 absl::StrCat(asked.server,
                              " is read-only (read_only or innodb_read_only): every write fails"));
  }
  JudgeStopped(health, asked.server, findings);
  if (limits.slow.has_value() && health.query > *limits.slow) {
    findings.Add(State::kWarning, "SLOW_QUERY",
                 absl::StrCat(asked.server, " took ", Milliseconds(health.query),
                              " for SELECT 1 (slow: ", FormatSpan(*limits.slow), ")"));
  }
  JudgeLag(health, limits, asked.server, findings);
  if (limits.replica_lag.has_value() && out.reason.empty()) {
    if (health.replica_failure.failed()) {
      Observation unseen = DescribeMySqlFailure(health.replica_failure, asked);
      if (unseen.reason == "RIGHT_MISSING") {
        absl::StrAppend(&unseen.detail,
                        ", to see the replica's lag (REPLICATION CLIENT, or "
                        "SLAVE MONITOR in MariaDB)");
      }
      out = std::move(unseen);
    } else if (health.replicas.has_value() && health.replicas->empty()) {
      out.state = State::kUnknown;
      out.reason = "NOT_A_REPLICA";
      out.detail = absl::StrCat(asked.server,
                                " replicates from nobody; if it was promoted, drop the option "
                                "replica_lag");
    }
  }
  if (out.state == State::kOk) {
    out.detail = absl::StrCat(asked.server, " answers", health.version.empty() ? "" : ": ",
                              health.version, health.read_only ? ", read-only" : "");
  }
  out.gauges = MySqlGauges(health);
  return out;
}

MySqlHealth KeepKnown(MySqlHealth fresh, const MySqlHealth& before) {
  const auto keep = [](auto& value, const auto& known) {
    if (!value.has_value()) value = known;
  };
  keep(fresh.login, before.login);
  keep(fresh.threads_connected, before.threads_connected);
  keep(fresh.uptime_seconds, before.uptime_seconds);
  keep(fresh.aborted_connects, before.aborted_connects);
  if (!fresh.replica_failure.failed() && !fresh.replicas.has_value()) {
    fresh.replicas = before.replicas;
    fresh.replica_failure = before.replica_failure;
  }
  return fresh;
}

std::vector<GaugeValue> MySqlGauges(const MySqlHealth& health) {
  std::vector<GaugeValue> gauges;
  const auto add = [&](const char* name, std::optional<double> value) {
    if (value.has_value()) gauges.push_back({name, *value});
  };
  add("mysql_query_duration_seconds", health.query.seconds());
  if (health.login.has_value()) add("mysql_login_duration_seconds", health.login->seconds());
  add("mysql_threads_connected", health.threads_connected);
  add("mysql_max_connections", health.max_connections);
  add("mysql_uptime_seconds", health.uptime_seconds);
  add("mysql_aborted_connects_total", health.aborted_connects);
  if (const std::optional<Span> lag = WorstLag(health); lag.has_value()) {
    add("mysql_replica_lag_seconds", lag->seconds());
  }
  return gauges;
}

std::vector<ReasonDeclaration> MySqlHealthReasons() {
  return {
      {"READ_ONLY", "CRITICAL, with `writable`: read_only or innodb_read_only is on."},
      {"REPLICA_STOPPED",
       "CRITICAL, with `replica_lag`: it does not receive or does not apply; it falls behind until "
       "someone mends it."},
      {"SLOW_QUERY", "WARNING: SELECT 1 on the kept login took longer than `slow`."},
      {"REPLICA_LAG", "WARNING: it is further behind its source than `replica_lag`."},
      {"NOT_A_REPLICA", "UNKNOWN, with `replica_lag`: it replicates from nobody."},
  };
}

std::vector<GaugeDeclaration> MySqlGaugeDeclarations() {
  return {
      {"mysql_query_duration_seconds", "How long SELECT 1 took on the kept login."},
      {"mysql_login_duration_seconds",
       "How long the last complete login took: connection, greeting, login."},
      {"mysql_threads_connected",
       "Clients that are connected to the server (Threads_connected), the agent included."},
      {"mysql_max_connections", "Connections that the server allows (max_connections)."},
      {"mysql_uptime_seconds", "How long the server has been running (Uptime)."},
      {"mysql_aborted_connects_total",
       "Failed attempts to connect since the server started (Aborted_connects)."},
      {"mysql_replica_lag_seconds",
       "How far the replica is behind, on its slowest channel; with the option `replica_lag`."},
  };
}

}  // namespace faultline::checks
