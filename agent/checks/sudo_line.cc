#include "agent/checks/sudo_line.h"

#include <fnmatch.h>

#include <algorithm>
#include <array>

#include "agent/checks/log_mask.h"
#include "common/text.h"

namespace faultline::checks {
namespace {

using Words = std::vector<std::string>;

constexpr size_t kMaxLine = 4096;
constexpr size_t kMaxWords = 256;
constexpr size_t kMaxCommandShown = 200;

template <size_t N>
bool IsAmong(std::string_view word, const std::array<std::string_view, N>& known) {
  return std::find(known.begin(), known.end(), word) != known.end();
}

constexpr std::array<std::string_view, 5> kShells = {"sh", "bash", "dash", "zsh", "ksh"};
constexpr std::array<std::string_view, 5> kHostStoppers = {"reboot", "poweroff", "halt", "shutdown",
                                                           "telinit"};
constexpr std::array<std::string_view, 6> kHostVerbs = {"reboot", "poweroff", "halt",
                                                        "kexec",  "rescue",   "emergency"};
constexpr std::array<std::string_view, 6> kPackagers = {
    "apt", "apt-get", "aptitude", "dpkg", "unattended-upgrade", "unattended-upgrades"};
constexpr std::array<std::string_view, 3> kRestartVerbs = {"restart", "try-restart",
                                                           "reload-or-restart"};

bool IsLoginName(std::string_view name) {
  return !name.empty() && name.size() <= kMaxLoginName &&
         std::all_of(name.begin(), name.end(),
                     [](unsigned char c) { return c > ' ' && c != ';' && c != 0x7f; });
}

std::string_view BaseName(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

// Quotes and what separates commands in a shell end a word; separators stand as a word ";".
Words Split(std::string_view command) {
  Words words;
  std::string word;
  const auto end_word = [&] {
    if (!word.empty() && words.size() < kMaxWords) words.push_back(word);
    word.clear();
  };
  for (const char c : command.substr(0, kMaxLine)) {
    if (c == ' ' || c == '\t' || c == '\'' || c == '"') {
      end_word();
    } else if (c == ';' || c == '&' || c == '|' || c == '\n' || c == '(' || c == ')') {
      end_word();
      if (words.size() < kMaxWords) words.emplace_back(";");
    } else {
      word.push_back(c);
    }
  }
  end_word();
  return words;
}

bool IsThisUnit(const std::string& pattern, const std::vector<std::string>& unit_names) {
  const bool has_suffix = pattern.find('.') != std::string::npos;
  return std::any_of(unit_names.begin(), unit_names.end(), [&](const std::string& name) {
    const std::string wanted = has_suffix ? pattern : pattern + ".service";
    return fnmatch(wanted.c_str(), name.c_str(), 0) == 0;
  });
}

bool AnyIsThisUnit(Words::const_iterator from, Words::const_iterator to,
                   const std::vector<std::string>& unit_names) {
  return std::any_of(from, to, [&](const std::string& word) {
    return word[0] != '-' && IsThisUnit(word, unit_names);
  });
}

// `from`: the word after systemctl.
CommandMeaning OfSystemctl(Words::const_iterator from, Words::const_iterator to,
                           const std::vector<std::string>& unit_names) {
  const bool now = std::find(from, to, "--now") != to;
  const auto verb = std::find_if(from, to, [](const std::string& word) { return word[0] != '-'; });
  if (verb == to) return CommandMeaning::kOther;
  if (IsAmong(*verb, kHostVerbs)) return CommandMeaning::kStopsHost;
  const bool stops = *verb == "stop" || (now && (*verb == "disable" || *verb == "mask"));
  const bool restarts = IsAmong(*verb, kRestartVerbs);
  if ((!stops && !restarts) || !AnyIsThisUnit(verb + 1, to, unit_names)) {
    return CommandMeaning::kOther;
  }
  return stops ? CommandMeaning::kStopsUnit : CommandMeaning::kRestartsUnit;
}

// "service mysql stop", "invoke-rc.d mysql stop", "/etc/init.d/mysql stop".
CommandMeaning OfInitScript(const std::string& name, const std::string& verb,
                            const std::vector<std::string>& unit_names) {
  if (!IsThisUnit(name, unit_names)) return CommandMeaning::kOther;
  if (verb == "stop") return CommandMeaning::kStopsUnit;
  return verb == "restart" ? CommandMeaning::kRestartsUnit : CommandMeaning::kOther;
}

// One command: the words from its program on.
CommandMeaning OfOne(Words::const_iterator from, Words::const_iterator to,
                     const std::vector<std::string>& unit_names) {
  const std::string_view program = BaseName(*from);
  const auto count = to - from;
  if (program == "systemctl") return OfSystemctl(from + 1, to, unit_names);
  if ((program == "service" || program == "invoke-rc.d") && count >= 3) {
    return OfInitScript(from[1], from[2], unit_names);
  }
  if (from->rfind("/etc/init.d/", 0) == 0 && count >= 2) {
    return OfInitScript(std::string(program), from[1], unit_names);
  }
  if (program == "shutdown" && count >= 2 && from[1] == "-c") return CommandMeaning::kOther;
  if (IsAmong(program, kHostStoppers)) return CommandMeaning::kStopsHost;
  if (program == "init" && count >= 2 && (from[1] == "0" || from[1] == "6")) {
    return CommandMeaning::kStopsHost;
  }
  return IsAmong(program, kPackagers) ? CommandMeaning::kChangesPackages : CommandMeaning::kOther;
}

}  // namespace

std::optional<RanCommand> ParseSudoLine(std::string_view line) {
  line = line.substr(0, kMaxLine);
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  const size_t colon = line.find(" : ");
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view who = line.substr(0, colon);
  const std::string_view fields = line.substr(colon + 3);
  // A refusal has its words before the first field.
  const bool begins_with_field =
      fields.rfind("TTY=", 0) == 0 || fields.rfind("PWD=", 0) == 0 || fields.rfind("HOST=", 0) == 0;
  const size_t command = fields.find(" ; COMMAND=");
  if (!IsLoginName(who) || !begins_with_field || command == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view ran = fields.substr(command + 11);
  if (ran.empty()) return std::nullopt;
  return RanCommand{std::string(who), std::string(ran)};
}

std::optional<RanCommand> ParsePolkitLine(std::string_view line) {
  line = line.substr(0, kMaxLine);
  constexpr std::string_view kAction = " for action org.freedesktop.systemd1.manage-unit";
  constexpr std::string_view kOwner = "] (owned by unix-user:";
  const size_t action = line.find(kAction);
  // Without "successfully" the person was asked and refused.
  if (action == std::string_view::npos ||
      line.substr(0, action).find(" successfully authenticated ") == std::string_view::npos) {
    return std::nullopt;
  }
  const size_t open = line.find(" [", action);
  const size_t close = line.rfind(kOwner);
  if (open == std::string_view::npos || close == std::string_view::npos || close <= open + 2 ||
      line.back() != ')') {
    return std::nullopt;
  }
  const size_t name = close + kOwner.size();
  const std::string_view who = line.substr(name, line.size() - 1 - name);
  if (!IsLoginName(who)) return std::nullopt;
  return RanCommand{std::string(who), std::string(line.substr(open + 2, close - open - 2))};
}

CommandMeaning MeaningOf(std::string_view command, const std::vector<std::string>& unit_names) {
  const Words words = Split(command);
  if (words.empty()) return CommandMeaning::kOther;
  // A shell's script is looked through; the arguments of anything else are only arguments.
  const bool is_shell = IsAmong(BaseName(words[0]), kShells) &&
                        std::find(words.begin(), words.end(), "-c") != words.end();
  auto from = words.begin();
  if (is_shell) from = std::find(words.begin(), words.end(), "-c") + 1;
  while (from != words.end()) {
    const auto to = is_shell ? std::find(from, words.end(), ";") : words.end();
    if (from != to) {
      const CommandMeaning meaning = OfOne(from, to, unit_names);
      if (meaning != CommandMeaning::kOther) return meaning;
    }
    from = to == words.end() ? to : to + 1;
  }
  return CommandMeaning::kOther;
}

std::string ShownCommand(const std::string& command) {
  const size_t space = command.find(' ');
  const std::string_view program = std::string_view(command).substr(0, space);
  std::string shown(program.rfind('/', 0) == 0 ? BaseName(program) : program);
  if (space != std::string::npos) shown += command.substr(space);
  return CleanText(MaskSecrets(shown), kMaxCommandShown);
}

}  // namespace faultline::checks
