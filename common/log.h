// Log lines for the journal or a terminal. No levels to configure: what is logged is meant to be
// read. Secrets never come here; text from outside is cleaned and bounded.
#pragma once

#include <string>

namespace faultline {

enum class LogLevel { kError = 3, kWarning = 4, kNotice = 5, kInfo = 6 };  // as in syslog(3)

// One line to standard error, in one write(2). Under systemd (JOURNAL_STREAM is set) it begins with
// "<N>", which journald takes as the priority (sd-daemon(3)); elsewhere with the time and level,
// coloured on a terminal. Thread-safe.
void Log(LogLevel level, const std::string& text);

inline void LogError(const std::string& text) { Log(LogLevel::kError, text); }
inline void LogWarning(const std::string& text) { Log(LogLevel::kWarning, text); }
inline void LogNotice(const std::string& text) { Log(LogLevel::kNotice, text); }
inline void LogInfo(const std::string& text) { Log(LogLevel::kInfo, text); }

}  // namespace faultline
