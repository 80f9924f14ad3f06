// docs/metrics.md from an exposition. Pure.
#pragma once

#include <string>
#include <vector>

#include "tests/reference/metrics_reference.h"

namespace faultline::reference {

std::string WriteMetricsDocument(const std::string& exposition,
                                 const std::vector<GaugeReference>& gauges);

}  // namespace faultline::reference
