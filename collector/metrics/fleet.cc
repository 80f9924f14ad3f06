#include "collector/metrics/fleet.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "collector/metrics/gauge_family.h"
#include "collector/model/known_to_hold.h"

namespace faultline::metrics {
namespace {

// Names of gauges come from agents.
constexpr size_t kMaxGaugeFamilies = 2000;

double Seconds(WallTime time) { return static_cast<double>(time.ns) / 1e9; }

double StatusNumber(State state) {
  switch (state) {
    case State::kOk:
      return 0;
    case State::kWarning:
      return 1;
    case State::kCritical:
      return 2;
    case State::kUnknown:
    case State::kUnspecified:
      break;
  }
  return 3;
}

std::string CheckLabelsOf(const HostId& host, const model::CheckPicture& check) {
  return Labels({{"stack", host.stack.stack},
                 {"env", host.stack.env},
                 {"host", host.host},
                 {"kind", check.id.kind},
                 {"target", check.id.target},
                 {"name", check.id.name},
                 {"subject", check.subject}});
}

// Samples of gauges, collected by family: the checks come by host, the text wants them by name.
struct GaugeFamily {
  std::string help;
  std::vector<std::pair<const std::string*, double>> samples;
};

class GaugeFamilies {
 public:
  void Add(const model::CheckPicture& check, const std::string& labels) {
    for (size_t i = 0; i < check.gauges.size(); ++i) {
      GaugeFamily* family = Find(check.id.kind, check.gauges[i].name);
      if (family == nullptr) continue;
      // A name that the check has twice would be one series twice.
      if (!family->samples.empty() && family->samples.back().first == &labels) continue;
      family->samples.emplace_back(&labels, check.gauges[i].value);
    }
  }

  const std::map<std::string, GaugeFamily>& families() const { return families_; }

 private:
  GaugeFamily* Find(const std::string& kind, const std::string& gauge) {
    auto& of_kind = known_[kind];
    const auto known = of_kind.find(gauge);
    if (known != of_kind.end()) return known->second;
    GaugeFamily* family = nullptr;
    const std::string name = GaugeFamilyName(kind, gauge);
    if (!gauge.empty() && !IsOwnFamily(name) &&
        (families_.count(name) > 0 || families_.size() < kMaxGaugeFamilies)) {
      family = &families_[name];
      family->help = GaugeHelp(name);
      // Of a newer agent.
      if (family->help.empty()) {
        family->help = absl::StrCat("What ", NamePart(kind), " checks measured.");
      }
    }
    of_kind[gauge] = family;
    return family;
  }

  std::map<std::string, GaugeFamily> families_;
  std::map<std::string, std::map<std::string, GaugeFamily*>> known_;
};

void WriteAlerts(const pipeline::Picture& picture, Exposition* out) {
  using Key = std::tuple<StackId, rules::AlertState, rules::Severity>;
  constexpr rules::AlertState kStates[] = {rules::AlertState::kPending, rules::AlertState::kFiring};
  constexpr rules::Severity kSeverities[] = {rules::Severity::kInfo, rules::Severity::kWarning,
                                             rules::Severity::kCritical};
  std::map<Key, int> counts;
  // Zeroes are said too: a series that comes and goes cannot be alerted on well.
  for (const auto& [id, host] : picture.hosts) {
    for (const auto state : kStates) {
      for (const auto severity : kSeverities) counts[{id.stack, state, severity}] = 0;
    }
  }
  for (const auto& alert : *picture.alerts) {
    if (std::find(std::begin(kStates), std::end(kStates), alert->state) != std::end(kStates)) {
      ++counts[{alert->host.stack, alert->state, alert->severity}];
    }
  }
  out->Family("faultline_alerts", "gauge", "Alerts that are pending or firing now.");
  for (const auto& [key, count] : counts) {
    const auto& [stack, state, severity] = key;
    out->Sample(Labels({{"stack", stack.stack},
                        {"env", stack.env},
                        {"state", rules::AlertStateName(state)},
                        {"severity", rules::SeverityName(severity)}}),
                count);
  }
}

void WriteIncidents(const pipeline::Picture& picture, Exposition* out) {
  std::map<std::string, WallTime> open;  // by labels: each series once
  for (const auto& incident : picture.open_incidents) {
    open[Labels({{"stack", incident->stack.stack},
                 {"env", incident->stack.env},
                 {"subject", incident->subject},
                 {"severity", rules::SeverityName(incident->severity)}})] = incident->opened_at;
  }
  out->Family("faultline_incident_open", "gauge", "1 for each incident that is open now.");
  for (const auto& [labels, opened] : open) out->Sample(labels, 1);
  out->Family("faultline_incident_opened_timestamp_seconds", "gauge",
              "When each open incident was opened.");
  for (const auto& [labels, opened] : open) out->Sample(labels, Seconds(opened));
}

}  // namespace

void Fleet::Write(const pipeline::Picture& picture, Exposition* out) {
  MutexLock lock(mutex_);
  const std::vector<Row> rows = Refresh(picture.hosts);
  WriteHosts(rows, out);
  WriteChecks(rows, out);
  WriteGauges(rows, out);
  WriteAlerts(picture, out);
  WriteIncidents(picture, out);
}

std::vector<Fleet::Row> Fleet::Refresh(const model::Hosts& hosts) {
  for (auto entry = labels_.begin(); entry != labels_.end();) {
    entry = hosts.count(entry->first) > 0 ? std::next(entry) : labels_.erase(entry);
  }
  std::vector<Row> rows;
  rows.reserve(hosts.size());
  for (const auto& [id, host] : hosts) {
    HostLabels& known = labels_[id];
    if (known.host.empty()) {
      known.host = Labels({{"stack", id.stack.stack}, {"env", id.stack.env}, {"host", id.host}});
    }
    const bool same = std::equal(known.checks.begin(), known.checks.end(), host->checks.begin(),
                                 host->checks.end(), [](const CheckLabels& a, const auto& b) {
                                   return a.id == b.first && a.subject == b.second.subject;
                                 });
    if (!same) {
      known.checks.clear();
      for (const auto& [check_id, check] : host->checks) {
        known.checks.push_back({check_id, check.subject, CheckLabelsOf(id, check)});
      }
    }
    rows.push_back({host.get(), &known});
  }
  return rows;
}

void Fleet::WriteHosts(const std::vector<Row>& rows, Exposition* out) {
  out->Family("faultline_host_up", "gauge",
              "1 while the host's agent is connected, else 0; no sample once it is forgotten.");
  for (const Row& row : rows) {
    out->Sample(row.labels->host, row.host->link == model::LinkState::kConnected ? 1 : 0);
  }
  out->Family("faultline_host_info", "gauge", "Facts about the host; always 1.");
  for (const Row& row : rows) {
    const HostIdentity& identity = row.host->identity;
    out->Sample(Labels({{"stack", identity.id.stack.stack},
                        {"env", identity.id.stack.env},
                        {"host", identity.id.host},
                        {"role", identity.role},
                        {"agent_version", row.host->agent_version},
                        {"instance_id", row.host->instance_id},
                        {"region", row.host->region}}),
                1);
  }
  out->Family("faultline_host_last_heard_timestamp_seconds", "gauge",
              "When the host's agent was last heard of.");
  for (const Row& row : rows) {
    if (row.host->last_heard.ns != 0) {
      out->Sample(row.labels->host, Seconds(row.host->last_heard));
    }
  }
  out->Family("faultline_host_clock_offset_seconds", "gauge",
              "The host's clock minus the collector's, as estimated from heartbeats.");
  for (const Row& row : rows) {
    if (row.host->clock_uncertainty.ns != 0) {
      out->Sample(row.labels->host, row.host->clock_offset.seconds());
    }
  }
  out->Family("faultline_host_clock_uncertainty_seconds", "gauge",
              "How far the estimated clock offset may be off.");
  for (const Row& row : rows) {
    if (row.host->clock_uncertainty.ns != 0) {
      out->Sample(row.labels->host, row.host->clock_uncertainty.seconds());
    }
  }
}

void Fleet::WriteChecks(const std::vector<Row>& rows, Exposition* out) {
  const auto each_check = [&rows](const auto& visit) {
    for (const Row& row : rows) {
      auto labels = row.labels->checks.begin();
      for (const auto& [id, check] : row.host->checks) visit(check, (labels++)->labels);
    }
  };
  out->Family("faultline_check_status", "gauge",
              "0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN; what was last known while "
              "faultline_host_up is 0.");
  each_check([out](const model::CheckPicture& check, const std::string& labels) {
    out->Sample(labels, StatusNumber(check.state));
  });
  out->Family("faultline_check_since_timestamp_seconds", "gauge",
              "When the check's present state and reason began.");
  each_check([out](const model::CheckPicture& check, const std::string& labels) {
    if (check.since.ns != 0) out->Sample(labels, Seconds(check.since));
  });
  out->Family("faultline_check_observed_timestamp_seconds", "gauge",
              "When the check's state was last known to hold: its newest look, or, of a check that "
              "the system tells, the newest sign of its connected agent.");
  for (const Row& row : rows) {
    auto labels = row.labels->checks.begin();
    for (const auto& [id, check] : row.host->checks) {
      const WallTime observed = model::KnownToHold(*row.host, check);
      if (observed.ns != 0) out->Sample(labels->labels, Seconds(observed));
      ++labels;
    }
  }
}

void Fleet::WriteGauges(const std::vector<Row>& rows, Exposition* out) {
  GaugeFamilies gauges;
  for (const Row& row : rows) {
    // A measured value that goes on unchanged would be a lie.
    if (row.host->link != model::LinkState::kConnected) continue;
    auto labels = row.labels->checks.begin();
    for (const auto& [id, check] : row.host->checks) gauges.Add(check, (labels++)->labels);
  }
  for (const auto& [name, family] : gauges.families()) {
    out->Family(name, absl::EndsWith(name, "_total") ? "counter" : "gauge", family.help);
    for (const auto& [labels, value] : family.samples) out->Sample(*labels, value);
  }
}

}  // namespace faultline::metrics
