#include "collector/incidents/host_units.h"

#include <algorithm>
#include <array>
#include <utility>

namespace faultline::incidents {
namespace {

constexpr auto kWebServers = std::to_array<std::string_view>(
    {"apache2", "caddy", "envoy", "haproxy", "httpd", "lighttpd", "nginx", "traefik", "varnish"});

// One unit under its configured and its canonical name.
struct Named {
  std::string configured;
  std::string canonical;
  bool failing = false;
};

// The unit that a check names; empty for none.
Named UnitOf(const model::CheckPicture& check) {
  const std::string& kind = check.id.kind;
  const bool named_by_target = kind == "unit" || (kind == "log" && check.id.target[0] != '/');
  if (!named_by_target && kind != "listener") return {};
  const bool exists = check.reason != "UNIT_NOT_FOUND";
  std::string configured = named_by_target && exists ? check.id.target : check.unit;
  std::string canonical = check.unit.empty() ? configured : check.unit;
  // What a journal logs is no sign that its unit is down.
  const bool failing = kind == "unit" && check.state == State::kCritical;
  return {std::move(configured), std::move(canonical), failing};
}

template <typename Concerns>
std::vector<std::string> Collect(const model::HostPicture& host, const Concerns& concerns) {
  std::vector<Named> units;
  // The map's order would let a listener or a journal speak before the unit's own check.
  for (const char* kind : {"unit", "listener", "log"}) {
    for (const auto& [id, check] : host.checks) {
      if (id.kind != kind || id.target.empty() || !concerns(check)) continue;
      Named unit = UnitOf(check);
      const bool is_known = std::any_of(units.begin(), units.end(), [&](const Named& known) {
        return known.canonical == unit.canonical || known.configured == unit.configured;
      });
      if (!unit.configured.empty() && !is_known) units.push_back(std::move(unit));
    }
  }
  std::stable_partition(units.begin(), units.end(), [](const Named& unit) { return unit.failing; });
  std::vector<std::string> names;
  for (Named& unit : units) names.push_back(std::move(unit.configured));
  return names;
}

}  // namespace

bool IsWebServer(std::string_view unit) {
  const std::string_view name = unit.substr(0, unit.rfind(".service"));
  return std::find(kWebServers.begin(), kWebServers.end(), name) != kWebServers.end();
}

bool IsMariaDb(std::string_view unit) { return unit.starts_with("mariadb"); }

HostUnits UnitsOf(const model::HostPicture& host, std::string_view subject) {
  HostUnits units;
  for (std::string& unit :
       Collect(host, [&](const model::CheckPicture& check) { return check.subject == subject; })) {
    (IsWebServer(unit) ? units.web_servers : units.others).push_back(std::move(unit));
  }
  return units;
}

std::vector<std::string> WebServersOf(const model::HostPicture& host) {
  std::vector<std::string> units = Collect(host, [](const model::CheckPicture&) { return true; });
  std::erase_if(units, [](const std::string& unit) { return !IsWebServer(unit); });
  return units;
}

}  // namespace faultline::incidents
