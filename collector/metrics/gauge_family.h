// The names under which what agents measure stands in /metrics, and what they mean. Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace faultline::metrics {

// "faultline_unit_restarts_total", whether a check of kind "unit" calls it restarts_total or
// unit_restarts_total.
std::string GaugeFamilyName(const std::string& kind, const std::string& gauge);

// True for the families that the collector writes itself, whatever the agents bring, and for the
// series of its histograms: an agent's gauge of that name is left out.
bool IsOwnFamily(std::string_view name);
// Their names, sorted.
const std::vector<std::string_view>& OwnFamilies();

// What the agents of this version declare it to mean; "" for what they do not know.
std::string_view GaugeHelp(std::string_view family);

// The table behind it, sorted by name. Made by `make docs` from the gauges that agent/checks
// declares (gauge_help.cc).
const std::vector<std::pair<std::string_view, std::string_view>>& GaugeHelpTable();

}  // namespace faultline::metrics
