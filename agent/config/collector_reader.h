// Reads where the collector is and how this host shows who it is: `collector`, `tls`, `join`.
#pragma once

#include <string>
#include <string_view>

#include "agent/config/config.h"
#include "common/yaml/reader.h"

namespace faultline::config {

// The collector's port for enrolment, unless something else is configured.
inline constexpr int kEnrolmentPort = 7444;

// Errors are noted. Exactly one of `tls` and `join` where options.needs_collector.
void ReadCollector(const yaml::Fields& root, const ParseOptions& options, AgentConfig& config);

// The host and the port of "10.0.1.20:7443" or "[2001:db8::1]:7443"; a port of 0 stands for none
// ("10.0.1.20", "[2001:db8::1]"). False for anything else.
bool SplitAddress(std::string_view address, std::string* host, int* port);

// The name that a machine called so has by itself: its first label. Empty when that cannot be a
// host's name (enrolment.proto).
std::string HostNameOf(std::string_view hostname);

}  // namespace faultline::config
