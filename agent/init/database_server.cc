#include "agent/init/database_server.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "agent/init/unit_file.h"

namespace faultline::init {
namespace {

constexpr int kMaxOptionFileDepth = 8;
constexpr size_t kMaxOptions = 1024;

// [mysqld], [mariadb], [server], [mysqld-10.11], [mariadbd-10.11], ...
bool IsServerSection(absl::string_view name) {
  for (const char* each : {"mysqld", "mariadb", "mariadbd", "server"}) {
    if (name == each || absl::StartsWith(name, absl::StrCat(each, "-"))) return true;
  }
  return false;
}

class OptionReader {
 public:
  explicit OptionReader(HostFiles& files) : files_(files) {}

  void ReadFile(const std::string& path, int depth) {
    const std::optional<std::string> text = files_.Read(path);
    if (!text.has_value() || depth > kMaxOptionFileDepth) return;
    bool of_server = false;
    int number = 0;
    for (absl::string_view line : absl::StrSplit(*text, '\n')) {
      ++number;
      line = absl::StripAsciiWhitespace(line);
      if (line.empty() || line.front() == '#' || line.front() == ';') continue;
      if (line.front() == '!') {
        Include(line, depth);
      } else if (line.front() == '[') {
        of_server = IsServerSection(line.substr(1, line.find(']') - 1));
      } else if (of_server) {
        Take(line, absl::StrCat(path, ":", number));
      }
    }
  }

  std::map<std::string, Seen> options;

 private:
  // A comment may follow a value; in quotes "#" is part of it.
  static absl::string_view WithoutComment(absl::string_view text) {
    text = absl::StripAsciiWhitespace(text);
    const bool quoted = !text.empty() && (text.front() == '"' || text.front() == '\'');
    const size_t end = quoted ? text.find(text.front(), 1) : 0;
    if (end == absl::string_view::npos) return text;  // a quote that does not end
    const size_t comment = text.find(" #", end);
    return absl::StripAsciiWhitespace(text.substr(0, comment));
  }

  void Include(absl::string_view line, int depth) {
    if (++includes_ > 64) return;
    const std::pair<std::string, std::string> parts = absl::StrSplit(line, absl::MaxSplits(' ', 1));
    const std::string path(absl::StripAsciiWhitespace(parts.second));
    if (!absl::StartsWith(path, "/")) return;
    if (parts.first == "!include") ReadFile(path, depth + 1);
    if (parts.first != "!includedir") return;
    for (const std::string& name : files_.List(path)) {
      if (absl::EndsWith(name, ".cnf")) {
        ReadFile(absl::StrCat(absl::StripSuffix(path, "/"), "/", name), depth + 1);
      }
    }
  }

  void Take(absl::string_view line, const std::string& where) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(line, absl::MaxSplits('=', 1));
    std::string key(WithoutComment(parts.first));
    std::replace(key.begin(), key.end(), '-', '_');
    std::string value(WithoutComment(parts.second));
    if (WithoutComment(parts.first) != absl::StripAsciiWhitespace(parts.first)) value.clear();
    if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') &&
        value.back() == value.front()) {
      value = value.substr(1, value.size() - 2);
    }
    if (options.size() < kMaxOptions || options.contains(key)) options[key] = {value, where};
  }

  HostFiles& files_;
  int includes_ = 0;
};

Seen Option(const std::map<std::string, Seen>& options, const std::string& name) {
  const auto found = options.find(name);
  return found == options.end() ? Seen{} : found->second;
}

bool IsAbsolute(const Seen& seen) { return absl::StartsWith(seen.value, "/"); }

std::optional<UnitFile> ServerUnit(HostFiles& files) {
  for (const char* name : {"mariadb.service", "mysql.service", "mysqld.service"}) {
    std::optional<UnitFile> unit = ReadUnit(files, name);
    if (unit.has_value()) return unit;
  }
  return std::nullopt;
}

}  // namespace

std::map<std::string, Seen> ReadServerOptions(HostFiles& files, const std::string& main_file) {
  OptionReader reader(files);
  reader.ReadFile(main_file, 0);
  return std::move(reader.options);
}

std::optional<DatabaseServer> FindDatabaseServer(HostFiles& files,
                                                 const std::vector<Listener>& listeners) {
  const std::optional<UnitFile> unit = ServerUnit(files);
  if (!unit.has_value()) return std::nullopt;
  DatabaseServer server;
  server.unit = {unit->name, unit->where()};
  server.running = unit->running;
  std::map<std::string, Seen> options = ReadServerOptions(files, "/etc/my.cnf");
  for (auto& [name, option] : ReadServerOptions(files, "/etc/mysql/my.cnf")) options[name] = option;

  server.socket = Option(options, "socket");
  if (!IsAbsolute(server.socket)) server.socket = {"/run/mysqld/mysqld.sock", "Debian's default"};
  if (!files.Exists(server.socket.value)) {
    absl::StrAppend(&server.socket.where, "; not there now");
  }
  server.datadir = Option(options, "datadir");
  if (!IsAbsolute(server.datadir)) server.datadir = {"/var/lib/mysql", "Debian's default"};
  server.error_log = Option(options, "log_error");
  if (!IsAbsolute(server.error_log) || !files.IsFile(server.error_log.value)) {
    server.error_log = {};
  }
  const Seen skip = Option(options, "skip_networking");
  server.networking = !options.contains("skip_networking") || skip.value == "0" ||
                      absl::EqualsIgnoreCase(skip.value, "off");
  server.port = Option(options, "port");
  int port = 0;
  if (!absl::SimpleAtoi(server.port.value, &port) || port < 1 || port > 65535) {
    port = kMySqlPort;
    server.port = {absl::StrCat(port), "the default"};
  }
  server.listeners = ListenersOf(listeners, server.unit.value, static_cast<uint16_t>(port));
  // MySQL 8 has a second port of its own for another protocol.
  std::erase_if(server.listeners, [](const Listener& each) { return each.port == 33060; });
  if (!server.listeners.empty() && server.listeners.front().port != port) {
    server.port = {absl::StrCat(server.listeners.front().port), server.listeners.front().where()};
  } else if (!server.listeners.empty()) {
    server.port.where = server.listeners.front().where();
  }
  return server;
}

}  // namespace faultline::init
