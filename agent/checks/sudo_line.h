// Who ran which command, by the lines that sudo and polkit write themselves. PURE. Nothing is
// guessed: a line of another form says nothing, and so does a command that was refused.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace faultline::checks {

inline constexpr size_t kMaxLoginName = 64;  // bytes

struct RanCommand {
  std::string who;      // login name
  std::string command;  // as logged, hostile, with its path and perhaps with secrets
};

// "ubuntu : TTY=pts/0 ; PWD=/home/ubuntu ; USER=root ; COMMAND=/usr/bin/systemctl stop mysql"
// (sudo's logging.c; sudoers(5), "Event logging"). Not "... : command not allowed ; TTY=...".
std::optional<RanCommand> ParseSudoLine(std::string_view line);

// "Operator of unix-session:1 successfully authenticated as unix-user:root to gain ONE-SHOT
// authorization for action org.freedesktop.systemd1.manage-units for system-bus-name::1.77
// [systemctl stop mysql] (owned by unix-user:ubuntu)" (polkitd; also "TEMPORARY").
std::optional<RanCommand> ParsePolkitLine(std::string_view line);

enum class CommandMeaning { kOther, kStopsUnit, kRestartsUnit, kStopsHost, kChangesPackages };

// What `command` does to the unit that has `unit_names` ("mysql.service", "mariadb.service"): as
// systemctl takes them, without the suffix too and as patterns (glob(7)).
CommandMeaning MeaningOf(std::string_view command, const std::vector<std::string>& unit_names);

// For people: without the program's folder, secrets masked, at most 200 bytes.
std::string ShownCommand(const std::string& command);

}  // namespace faultline::checks
