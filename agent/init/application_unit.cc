#include "agent/init/application_unit.h"

#include <map>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "agent/config/environment_file.h"
#include "agent/init/database_client.h"
#include "common/unit_name.h"

namespace faultline::init {
namespace {

// "…:8000" in a command, and not the beginning of ":80001".
bool Names(const std::string& command, const std::string& address) {
  for (size_t at = command.find(address); at != std::string::npos;
       at = command.find(address, at + 1)) {
    const size_t end = at + address.size();
    const bool ends =
        end == command.size() || isalnum(static_cast<unsigned char>(command[end])) == 0;
    if (ends) return true;
  }
  return false;
}

Seen OfTcp(const std::string& upstream, const std::vector<UnitFile>& units,
           const std::vector<Listener>& listeners) {
  const size_t colon = upstream.rfind(':');
  const bool has_port = colon != std::string::npos && upstream.back() != ']';
  const std::string port = has_port ? upstream.substr(colon) : ":80";
  for (const Listener& each : listeners) {
    if (IsUnitName(each.unit) && absl::StrCat(":", each.port) == port) {
      return {each.unit, each.where()};
    }
  }
  for (const UnitFile& unit : units) {
    if (Names(unit.exec, port)) {
      return {unit.name, absl::StrCat(unit.where(), ", whose command names ", port)};
    }
  }
  return {};
}

Seen OfSocket(HostFiles& files, const std::string& path, const std::vector<UnitFile>& units) {
  for (const UnitFile& unit : units) {
    if (Names(unit.exec, path)) {
      return {unit.name, absl::StrCat(unit.where(), ", whose command names ", path)};
    }
  }
  for (const std::string& name : files.List("/etc/systemd/system")) {
    if (!absl::EndsWith(name, ".socket")) continue;
    const std::optional<UnitFile> socket = ReadUnit(files, name);
    if (!socket.has_value()) continue;
    for (const std::string& stream : socket->listen_streams) {
      if (stream != path) continue;
      const std::string service =
          absl::StrCat(absl::StripSuffix(socket->name, ".socket"), ".service");
      return {service, absl::StrCat(socket->where(), ", which opens ", path)};
    }
  }
  const std::string file = path.substr(path.rfind('/') + 1);
  const auto called = ReadUnit(files, absl::StrCat(absl::StripSuffix(file, ".sock"), ".service"));
  if (!called.has_value()) return {};
  return {called->name, absl::StrCat(called->where(), ", called like ", path)};
}

}  // namespace

Seen FindApplicationUnit(HostFiles& files, const std::string& upstream,
                         const std::vector<UnitFile>& units,
                         const std::vector<Listener>& listeners) {
  if (absl::StartsWith(upstream, "unix:")) return OfSocket(files, upstream.substr(5), units);
  return OfTcp(upstream, units, listeners);
}

DatabaseSeen FindDatabase(HostFiles& files, const UnitFile& unit) {
  DatabaseSeen seen;
  // True when there is nothing more to look for.
  const auto take = [&seen](const std::map<std::string, std::string>& environment,
                            const std::string& where) {
    seen.address = {DatabaseAddressIn(environment), where};
    if (seen.address.known()) return true;
    seen.address = {};
    if (!seen.hint.known()) seen.hint = {DatabaseHintIn(environment), where};
    return false;
  };
  if (take({unit.environment.begin(), unit.environment.end()}, unit.where())) return seen;
  std::vector<std::string> paths = unit.environment_files;
  if (!unit.working_directory.empty()) paths.push_back(unit.working_directory + "/.env");
  for (const std::string& path : paths) {
    const std::optional<std::string> text = files.Read(path);
    if (!text.has_value()) continue;
    if (take(config::ParseEnvironment(*text), absl::StrCat(path, " of ", unit.name))) return seen;
  }
  return seen;
}

}  // namespace faultline::init
