#include "agent/unit_notes.h"

#include <algorithm>
#include <array>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/suggestion.h"

namespace faultline::agent {
namespace {

// systemd.unit(5), "UNIT FILE LOAD PATH"; also what generators and systemd-run have made.
constexpr std::array<const char*, 10> kUnitPath = {
    "/etc/systemd/system",         "/run/systemd/transient", "/run/systemd/generator.early",
    "/run/systemd/system",         "/run/systemd/generator", "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",     "/lib/systemd/system",    "/run/systemd/generator.late",
    "/etc/systemd/system.attached"};

// "getty@.service" of "getty@tty1.service"; else the name itself.
std::string FileNameOf(const std::string& unit) {
  const size_t at = unit.find('@');
  const size_t dot = unit.rfind('.');
  if (at == std::string::npos || dot == std::string::npos || dot < at) return unit;
  return unit.substr(0, at + 1) + unit.substr(dot);
}

}  // namespace

std::vector<std::string> UnknownUnits(const config::AgentConfig& config, init::HostFiles& files) {
  std::vector<std::string> known;
  for (const char* folder : kUnitPath) {
    for (const std::string& name : files.List(folder)) known.push_back(name);
  }
  std::vector<std::string> lines;
  if (known.empty()) return lines;
  for (const config::CheckConfig& check : config.checks) {
    const std::string& unit = check.id.target;
    if (check.id.kind != "unit" || absl::EndsWith(unit, ".mount")) continue;
    const auto is_there = [&](const std::string& name) {
      return std::find(known.begin(), known.end(), name) != known.end();
    };
    if (is_there(unit) || is_there(FileNameOf(unit))) continue;
    const std::string nearest = Nearest(unit, known);
    lines.push_back(absl::StrCat(
        check.place, ": there is no unit ", unit, " on this host now, so its check will be UNKNOWN",
        nearest.empty() ? "; see: systemctl list-unit-files"
                        : absl::StrCat("; did you mean \"", nearest, "\"?")));
  }
  return lines;
}

}  // namespace faultline::agent
