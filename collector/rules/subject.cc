#include <algorithm>
#include <array>

#include "collector/rules/rule.h"

namespace faultline::rules {
namespace {

bool IsOneOf(std::string_view text, const auto& list) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

bool IsDatabaseUnit(std::string_view unit) {
  constexpr std::array<std::string_view, 3> kUnits = {"mysql.service", "mysqld.service",
                                                      "mariadb.service"};
  return IsOneOf(unit, kUnits);
}

bool IsSiteUnit(std::string_view unit) {
  constexpr std::array<std::string_view, 4> kUnits = {"nginx.service", "flask-app.service",
                                                      "gunicorn.service", "apache2.service"};
  return IsOneOf(unit, kUnits);
}

// The port of a "port", "listener" or "firewall" target as written: what stands after the last
// colon.
std::string_view PortOf(std::string_view target) { return target.substr(target.rfind(':') + 1); }

}  // namespace

std::string SubjectFor(const model::CheckPicture& check, const std::string& host) {
  if (!check.declared_subject.empty()) return check.declared_subject;
  const CheckId& id = check.id;
  if (id.kind == "agent") return "agent " + host;
  if (id.kind == "certificate") return "certificate";
  if (id.kind == "exposure") return "exposure";
  if (id.kind == "mysql") return "database";
  if (id.kind == "http") return "site";
  if (id.kind == "ping" || id.kind == "route") return "network";
  if (id.kind == "disk" || id.kind == "memory" || id.kind == "load") return "capacity " + host;
  if (id.kind == "unit" || id.kind == "log") {
    for (const std::string& unit : {id.target, check.unit}) {
      if (IsDatabaseUnit(unit)) return "database";
      if (IsSiteUnit(unit)) return "site";
    }
  }
  if (id.kind == "port" || id.kind == "listener" || id.kind == "firewall") {
    constexpr std::array<std::string_view, 1> kDatabasePorts = {"3306"};
    constexpr std::array<std::string_view, 2> kSitePorts = {"80", "443"};
    if (IsOneOf(PortOf(id.target), kDatabasePorts)) return "database";
    if (IsOneOf(PortOf(id.target), kSitePorts)) return "site";
    if (IsDatabaseUnit(check.unit)) return "database";
    if (IsSiteUnit(check.unit)) return "site";
  }
  return "host " + host;
}

}  // namespace faultline::rules
