// Writes what is made from the metrics' declarations into the source tree; see `make docs`.
#include <fstream>

#include "tests/reference/metrics_reference.h"

int main() {
  using namespace faultline::reference;
  std::ofstream(FAULTLINE_SOURCE_DIR "/collector/metrics/gauge_help.cc") << GaugeHelpSource();
  std::ofstream(FAULTLINE_SOURCE_DIR "/docs/metrics.md") << MetricsDocument();
}
