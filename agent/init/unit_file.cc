#include "agent/init/unit_file.h"

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "agent/config/environment_file.h"
#include "common/unit_name.h"

namespace faultline::init {
namespace {

constexpr int kMaxTemplates = 4;

constexpr char kAdministrators[] = "/etc/systemd/system";
constexpr const char* kFolders[] = {kAdministrators, "/run/systemd/system",
                                    "/usr/local/lib/systemd/system", "/usr/lib/systemd/system",
                                    "/lib/systemd/system"};
constexpr const char* kCgroups[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified",
                                    "/sys/fs/cgroup/systemd"};
constexpr size_t kMaxOfUnit = 64;
constexpr int kMaxLinks = 4;

std::string BaseName(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// Lines that end in a backslash go on; comments between them are left out, as systemd does.
std::vector<std::string> LogicalLines(const std::string& text) {
  std::vector<std::string> out;
  std::string line;
  for (absl::string_view each : absl::StrSplit(text, '\n')) {
    const absl::string_view stripped = absl::StripAsciiWhitespace(each);
    if (absl::StartsWith(stripped, "#") || absl::StartsWith(stripped, ";")) continue;
    const bool goes_on = absl::EndsWith(stripped, "\\");
    absl::StrAppend(&line, line.empty() ? "" : " ", absl::StripSuffix(stripped, "\\"));
    if (goes_on) continue;
    out.push_back(std::move(line));
    line.clear();
  }
  if (!line.empty()) out.push_back(std::move(line));
  return out;
}

void AddEnvironment(const std::string& value, UnitFile* unit) {
  // Several assignments may stand in one line, each in quotes or without.
  for (absl::string_view each : absl::StrSplit(value, ' ', absl::SkipWhitespace())) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(config::Unquoted({each.data(), each.size()}), absl::MaxSplits('=', 1));
    if (unit->environment.size() < kMaxOfUnit) {
      unit->environment.emplace_back(config::Unquoted(parts.first), config::Unquoted(parts.second));
    }
  }
}

void Take(const std::string& section, const std::string& key, const std::string& value,
          const std::string& file, UnitFile* unit) {
  if (section == "Socket" && key == "ListenStream") {
    if (unit->listen_streams.size() < kMaxOfUnit) unit->listen_streams.push_back(value);
    return;
  }
  if (section != "Service") return;
  if (key == "Type") unit->oneshot = value == "oneshot";
  if (key == "RemainAfterExit") {
    unit->remains = value == "yes" || value == "true" || value == "on" || value == "1";
  }
  if (key == "ExecStart") {
    // An empty one takes back those before.
    unit->exec = value.empty() ? "" : absl::StrCat(unit->exec, " ", value).substr(0, 4096);
  }
  if (key == "StandardOutput" || key == "StandardError") {
    for (const char* kind : {"append:", "file:", "truncate:"}) {
      if (absl::StartsWith(value, kind) && unit->log_files.size() < kMaxOfUnit) {
        unit->log_files.push_back(
            {std::string(absl::StripPrefix(value, kind)), absl::StrCat("systemd: ", file)});
      }
    }
  }
  if (key == "WorkingDirectory" && absl::StartsWith(value, "/")) unit->working_directory = value;
  if (key == "Environment") {
    if (value.empty()) unit->environment.clear();
    AddEnvironment(value, unit);
  }
  if (key == "EnvironmentFile") {
    if (value.empty()) unit->environment_files.clear();
    const std::string path(absl::StripPrefix(value, "-"));
    if (absl::StartsWith(path, "/") && unit->environment_files.size() < kMaxOfUnit) {
      unit->environment_files.push_back(path);
    }
  }
}

void ReadFragment(HostFiles& files, const std::string& path, UnitFile* unit) {
  const std::optional<std::string> text = files.Read(path);
  if (!text.has_value()) return;
  std::string section;
  for (const std::string& line : LogicalLines(*text)) {
    if (line.size() > 2 && line.front() == '[' && line.back() == ']') {
      section = line.substr(1, line.size() - 2);
    } else if (const size_t equals = line.find('='); equals != std::string::npos) {
      Take(section, std::string(absl::StripAsciiWhitespace(line.substr(0, equals))),
           std::string(absl::StripAsciiWhitespace(line.substr(equals + 1))), path, unit);
    }
  }
}

// "postgresql@15-main.service" to "postgresql@.service"; empty for no instance.
std::string TemplateOf(const std::string& name) {
  const size_t at = name.find('@');
  const size_t dot = name.rfind('.');
  if (at == std::string::npos || dot == std::string::npos || dot <= at + 1) return "";
  return name.substr(0, at + 1) + name.substr(dot);
}

bool IsPackages(const std::string& path) {
  return absl::StartsWith(path, "/lib/") || absl::StartsWith(path, "/usr/lib/") ||
         absl::StartsWith(path, "/run/");
}

std::string EnabledBy(HostFiles& files, const std::string& name) {
  for (const std::string& folder : files.List(kAdministrators)) {
    if (!absl::EndsWith(folder, ".wants") && !absl::EndsWith(folder, ".requires")) continue;
    std::string link = absl::StrCat(kAdministrators, "/", folder, "/", name);
    if (!files.LinkTarget(link).empty()) return link;
  }
  return "";
}

bool IsRunning(const HostFiles& files, const std::string& name) {
  return std::any_of(std::begin(kCgroups), std::end(kCgroups), [&](const char* root) {
    return files.Exists(absl::StrCat(root, "/system.slice/", name));
  });
}

}  // namespace

// `depth`: of templates whose files are links to instances of others, which may go round.
static std::optional<UnitFile> ReadUnitOf(HostFiles& files, const std::string& name, int depth) {
  std::string wanted = name;
  for (int links = 0; links < kMaxLinks; ++links) {
    if (!IsUnitName(wanted)) return std::nullopt;
    std::string alias;
    for (const char* folder : kFolders) {
      const std::string path = absl::StrCat(folder, "/", wanted);
      const std::string target = files.LinkTarget(path);
      if (target == "/dev/null") return std::nullopt;  // masked
      if (!target.empty() && BaseName(target) != wanted) {
        alias = BaseName(target);
        break;
      }
      // A link to a file of the same name elsewhere is the unit itself (`systemctl link`).
      if (target.empty() && !files.Exists(path)) continue;
      UnitFile unit{.name = wanted, .path = path};
      ReadFragment(files, absl::StartsWith(target, "/") ? target : path, &unit);
      for (const std::string& dropin :
           files.List(absl::StrCat(kAdministrators, "/", wanted, ".d"))) {
        if (!absl::EndsWith(dropin, ".conf")) continue;
        ReadFragment(files, absl::StrCat(kAdministrators, "/", wanted, ".d/", dropin), &unit);
      }
      unit.enabled = EnabledBy(files, wanted);
      unit.running = IsRunning(files, wanted);
      return unit;
    }
    if (alias.empty()) break;
    wanted = alias;
  }
  const std::string of_template = TemplateOf(wanted);
  if (of_template.empty() || depth == kMaxTemplates) return std::nullopt;
  std::optional<UnitFile> unit = ReadUnitOf(files, of_template, depth + 1);
  if (!unit.has_value()) return std::nullopt;
  unit->name = wanted;
  unit->enabled = EnabledBy(files, wanted);
  unit->running = IsRunning(files, wanted);
  return unit;
}

std::optional<UnitFile> ReadUnit(HostFiles& files, const std::string& name) {
  return ReadUnitOf(files, name, 0);
}

std::vector<UnitFile> AdministratorUnits(HostFiles& files) {
  std::set<std::string> names;
  for (const std::string& name : files.List(kAdministrators)) {
    const std::string target = files.LinkTarget(absl::StrCat(kAdministrators, "/", name));
    const bool own = target.empty() || (BaseName(target) == name && !IsPackages(target));
    if (own && absl::EndsWith(name, ".service")) names.insert(name);
    if (!absl::EndsWith(name, ".wants")) continue;
    for (const std::string& wanted : files.List(absl::StrCat(kAdministrators, "/", name))) {
      if (!TemplateOf(wanted).empty() && absl::EndsWith(wanted, ".service")) names.insert(wanted);
    }
  }
  std::vector<UnitFile> units;
  for (const std::string& name : names) {
    if (absl::EndsWith(name, "@.service")) continue;
    std::optional<UnitFile> unit = ReadUnit(files, name);
    if (unit.has_value() && absl::StartsWith(unit->path, absl::StrCat(kAdministrators, "/")) &&
        (!unit->enabled.empty() || unit->running)) {
      units.push_back(*std::move(unit));
    }
  }
  return units;
}

}  // namespace faultline::init
