#include <algorithm>
#include <array>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
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

bool IsLoopback(const std::string& target) {
  return absl::StartsWith(target, "127.") || absl::StartsWith(target, "[::1]") ||
         absl::StartsWith(target, "localhost:");
}

// "9000 on db-1" of a port of this host, "10.0.2.10:9000" of one elsewhere.
std::string PortSubject(const CheckId& id, const std::string& host) {
  const bool is_elsewhere =
      id.kind != "listener" && id.target.find(':') != std::string::npos && !IsLoopback(id.target);
  return is_elsewhere ? absl::StrCat("port ", id.target)
                      : absl::StrCat("port ", std::string(PortOf(id.target)), " on ", host);
}

}  // namespace

bool IsOwnSubject(std::string_view subject) {
  constexpr std::array<std::string_view, 11> kThings = {
      "port ",  "certificate ", "exposure ", "disk ",      "capacity ", "network ",
      "agent ", "host ",        "blind ",    "collector ", "store "};
  const auto begins = [&](std::string_view thing) { return subject.starts_with(thing); };
  // Older collectors and agents have one for all certificates, exposures and paths.
  constexpr std::array<std::string_view, 3> kOlder = {"certificate", "exposure", "network"};
  if (IsOneOf(subject, kOlder) || std::any_of(kThings.begin(), kThings.end(), begins)) return true;
  // "cron.service on db-1".
  const size_t on = subject.find(" on ");
  return on != std::string_view::npos && subject.substr(0, on).find('.') != std::string_view::npos;
}

std::string SubjectFor(const model::CheckPicture& check, const std::string& host) {
  if (!check.declared_subject.empty()) return check.declared_subject;
  const CheckId& id = check.id;
  if (id.kind == "agent") return "agent " + host;
  if (id.kind == "store") return "store " + host;
  // A file is this host's, a name is everybody's.
  if (id.kind == "certificate") {
    const bool is_file = absl::StartsWith(id.target, "/");
    return absl::StrCat("certificate ", id.target, is_file ? " on " + host : "");
  }
  if (id.kind == "exposure") return "exposure " + id.target;
  if (id.kind == "mysql") return "database";
  if (id.kind == "http") return "site";
  if (id.kind == "ping" || id.kind == "route") return "network " + host;
  if (id.kind == "disk") return absl::StrCat("disk ", id.target, " on ", host);
  if (id.kind == "memory" || id.kind == "load") return "capacity " + host;
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
  const std::string& unit = id.kind == "unit" && check.unit.empty() ? id.target : check.unit;
  if (!unit.empty()) return absl::StrCat(unit, " on ", host);
  if (id.kind == "log" && absl::EndsWith(id.target, ".service")) {
    return absl::StrCat(id.target, " on ", host);
  }
  if (id.kind == "port" || id.kind == "listener" || id.kind == "firewall") {
    return PortSubject(id, host);
  }
  return "host " + host;
}

}  // namespace faultline::rules
