// What is written from the declarations of the metrics: docs/metrics.md, and the table by which the
// collector knows what the agents' gauges mean. `make docs` writes both; metrics_reference_test
// fails while one is old.
#pragma once

#include <string>
#include <vector>

namespace faultline::reference {

// Of a gauge that agents send, under its name in /metrics.
struct GaugeReference {
  std::string kind;
  std::string gauge;  // as the agent calls it
  std::string family;
  std::string help;
};

// Every gauge of every kind that an agent declares, and of the checks of its own.
std::vector<GaugeReference> AgentGauges();

// /metrics of a small stack that has everything, `gauges` among it with the value 1.
std::string FullExposition(const std::vector<GaugeReference>& gauges);

// collector/metrics/gauge_help.cc
std::string GaugeHelpSource();
// docs/metrics.md
std::string MetricsDocument();

}  // namespace faultline::reference
