// What the collector's own check of a host says when that is not heard.
#pragma once

namespace faultline::pipeline {

inline constexpr char kAgentSilent[] = "AGENT_SILENT";      // its host may live
inline constexpr char kHostGone[] = "HOST_GONE";            // it does not, or nobody can tell
inline constexpr char kCutOff[] = "COLLECTOR_CUT_OFF";      // most hosts at once: it is not they
inline constexpr char kCutOffSubject[] = "collector link";  // one incident for all of them

}  // namespace faultline::pipeline
