// What a person reads about a connection that came to no answer: PURE.
#pragma once

#include <string>

#include "agent/checks/observation.h"
#include "agent/host/client_stream.h"

namespace faultline::checks {

// `shown`: the target for people. `timeout`: its deadline. Reasons REFUSED, RESET,
// HOST_UNREACHABLE, NET_UNREACHABLE, ADMIN_PROHIBITED, TIMEOUT, TLS_FAILED (all CRITICAL) and
// CANNOT_PROBE (UNKNOWN). `began`: a part of the answer had come. Without times.
Observation DescribeStreamEnd(const host::StreamEnd& end, const std::string& shown, Span timeout,
                              bool began);

// "expired" and the like, each doubt once: "certificate has expired; hostname mismatch".
std::string DoubtWords(const std::vector<host::TlsDoubt>& doubts);

}  // namespace faultline::checks
