// The operator API's messages as text for people. Pure: no terminal, no clock.
//
// Every text from outside is cleaned on its way in (terminal_text.h), so no escape sequence of a
// host's log line reaches the terminal. Each function returns whole lines.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/clock.h"
#include "faultline/v1/operator.pb.h"

namespace faultline::cli {

struct View {
  bool color = false;
  bool wide = false;  // more columns
  size_t width = 0;   // of the terminal, in columns; 0 = lines as long as they are
  WallTime now;       // ages are counted up to here
};

// `collector` is its address. `status.now` is the collector's clock and wins over `view.now`.
std::string RenderStatus(const v1::Status& status, std::string_view collector, View view);

// A channel has failed for longer than 10 s, by the status' clock, and something waits for it.
bool HasStuckChannel(const v1::Status& status);

std::string RenderHosts(const v1::ListHostsResponse& hosts, const View& view);
// `checks` are those of this host.
std::string RenderHost(const v1::Host& host, const v1::ListChecksResponse& checks,
                       const View& view);

// Worst first.
std::string RenderChecks(const v1::ListChecksResponse& checks, const View& view);
std::string RenderCheck(const v1::Check& check, const View& view);

std::string RenderAlerts(const v1::ListAlertsResponse& alerts, const View& view);

std::string RenderIncidents(const v1::ListIncidentsResponse& incidents, const View& view);
std::string RenderIncident(const v1::Incident& incident, const View& view);

std::string RenderTokens(const v1::ListTokensResponse& tokens, const View& view);

std::string RenderVerification(const v1::Verification& verification, const View& view);

// One line for one change of the live feed.
std::string RenderChange(const v1::LiveEvent& event, const View& view);

}  // namespace faultline::cli
