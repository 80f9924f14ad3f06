// Commands that several kinds of checks share. Pure.
#pragma once

#include <string>

namespace faultline::incidents {

// One word for a POSIX shell: as it is when that is safe, else in single quotes.
std::string ShellWord(const std::string& text);

// Of a unit as checks name it; ".service" is left out, as people do.
std::string StatusCommand(const std::string& unit);
std::string JournalCommand(const std::string& unit);
std::string StartCommand(const std::string& unit);
// Its configuration is tested first where the program can do that.
std::string ReloadCommand(const std::string& unit);

// Who listens on a port.
std::string SocketsCommand(const std::string& port);

// Digits after the last colon; "" when there are none.
std::string PortOfTarget(const std::string& target);

}  // namespace faultline::incidents
