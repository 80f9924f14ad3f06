#include "agent/config/facts.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/yaml/node.h"

namespace faultline::config {
namespace {

constexpr char kApplicationEnvironment[] = "/etc/flask-app.env";
constexpr char kCertificates[] = "/etc/letsencrypt/live";
constexpr char kDatabaseLog[] = "/var/log/mysql/error.log";

bool IsHostName(const std::string& text) {
  return !text.empty() && text.size() <= 253 && text.front() != '-' &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return absl::ascii_isalnum(c) || c == '.' || c == '-' || c == '_';
         });
}

// "10.0.2.10:3306", "db.internal:3306" or "[2001:db8::1]:3306" in its two parts.
bool SplitEndpoint(const std::string& text, std::string* host, std::string* port) {
  const size_t colon = text.rfind(':');
  int number = 0;
  if (colon == std::string::npos || !absl::SimpleAtoi(text.substr(colon + 1), &number) ||
      number < 1 || number > 65535) {
    return false;
  }
  *host = text.substr(0, colon);
  *port = absl::StrCat(number);
  if (host->size() > 2 && host->front() == '[' && host->back() == ']') {
    *host = host->substr(1, host->size() - 2);
    return host->find_first_not_of("0123456789abcdefABCDEF:.") == std::string::npos;
  }
  return IsHostName(*host);
}

bool IsPath(const std::string& text) { return text.size() > 1 && text.front() == '/'; }

// Empty when `value` can be the fact, else what to write.
std::string FormError(const std::string& name, const std::string& value) {
  std::string host;
  std::string port;
  if (name == "database.address") {
    return SplitEndpoint(value, &host, &port) ? "" : "host:port; write 10.0.2.10:3306";
  }
  if (name == "site.domain" || name == "site.address") {
    return IsHostName(value) ? "" : "a host; write one like app.example.com";
  }
  if (name == "site.health_body") return "";  // for the check to say
  if (name == "site.health" || name == "site.db_check") {
    return value.front() == '/' ? "" : "a path of the site; write one like /db-check";
  }
  if (name == "site.unit" || name == "database.unit") {
    return value.find('.') != std::string::npos ? "" : "a unit; write it with its suffix";
  }
  if (name == "database.user") return "";
  return IsPath(value) ? "" : "an absolute path";
}

// The application's own knowledge of its database. Its other lines are secrets: nothing of them is
// kept, quoted or counted.
std::string DatabaseOfApplication(const std::string& directory) {
  const absl::StatusOr<std::string> text = yaml::ReadFile(directory + kApplicationEnvironment);
  if (!text.ok()) return "";
  std::string host;
  std::string port = "3306";
  for (const absl::string_view raw : absl::StrSplit(*text, '\n')) {
    absl::string_view line = absl::StripAsciiWhitespace(raw);
    const bool is_host = absl::ConsumePrefix(&line, "DB_HOST=");
    if (!is_host && !absl::ConsumePrefix(&line, "DB_PORT=")) continue;
    if (line.size() > 1 && (line.front() == '"' || line.front() == '\'') &&
        line.back() == line.front()) {
      line = line.substr(1, line.size() - 2);
    }
    (is_host ? host : port) = std::string(line);
  }
  std::string address = absl::StrCat(host, ":", port);
  return SplitEndpoint(address, &host, &port) ? address : "";
}

// certbot's directory holds one folder a certificate, and a README.
std::string OnlyCertificate(const std::string& directory) {
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator it(directory + kCertificates, error), end;
       !error && it != end; it.increment(error)) {
    std::error_code ignored;
    if (it->is_directory(ignored)) names.push_back(it->path().filename().string());
    if (names.size() > 1) return "";
  }
  // A domain has a dot; a name that somebody chose for the certificate says nothing of the site.
  const bool found =
      names.size() == 1 && IsHostName(names[0]) && names[0].find('.') != std::string::npos;
  return found ? names[0] : "";
}

std::string DatabaseLog(const std::string& directory) {
  std::error_code error;
  return std::filesystem::exists(directory + kDatabaseLog, error) ? kDatabaseLog : "";
}

void Look(Facts& facts, const std::string& name, const char* where, std::string found) {
  if (found.empty() || facts.values.contains(name)) return;
  facts.notes.push_back(absl::StrCat(name, " is ", found, ", from ", where));
  facts.values[name] = std::move(found);
}

void Complete(Facts& facts) {
  for (const FactDeclaration& fact : FactDeclarations()) {
    std::string filled;
    std::string missing;
    if (facts.values.contains(fact.name) || fact.default_value.empty()) continue;
    if (FillIn(fact.default_value, facts, &filled, &missing)) facts.values[fact.name] = filled;
  }
  const auto certificate = facts.values.find("site.certificate");
  if (certificate != facts.values.end() && !facts.values.contains("site.renewal")) {
    const std::vector<std::string> parts = absl::StrSplit(certificate->second, '/');
    if (parts.size() == 6 && absl::StartsWith(certificate->second, kCertificates)) {
      facts.values["site.renewal"] = absl::StrCat("/etc/letsencrypt/renewal/", parts[4], ".conf");
    }
  }
  facts.values["database.port"] = "3306";
  const auto address = facts.values.find("database.address");
  if (address != facts.values.end()) {
    SplitEndpoint(address->second, &facts.values["database.host"], &facts.values["database.port"]);
  }
}

}  // namespace

const std::vector<FactDeclaration>& FactDeclarations() {
  static const auto& facts = *new std::vector<FactDeclaration>{
      {"site.domain", "",
       "The public name of the site. Without it: the name of the only certificate in "
       "/etc/letsencrypt/live, where the agent may look there."},
      {"site.address", "127.0.0.1", "Where the web server of this host is asked."},
      {"site.health", "/", "A page that answers 200 while the application runs."},
      {"site.health_body", R"("status"\s*:\s*"ok")",
       "A pattern (RE2) of that page's body. For any page that answers: `.*`"},
      {"site.db_check", "/db-check", "A page that answers 200 while it reaches its database."},
      {"site.certificate", "/etc/letsencrypt/live/{site.domain}/fullchain.pem",
       "The certificate's file."},
      {"site.renewal", "",
       "certbot's configuration of its renewal. Without it: NAME.conf in /etc/letsencrypt/renewal "
       "for a certificate in /etc/letsencrypt/live/NAME."},
      {"site.ca", "",
       "An authority (PEM file) of the site's certificate that is not a public one."},
      {"site.unit", "flask-app.service", "The application's unit."},
      {"site.error_log", "/var/log/nginx/error.log", "The web server's error log."},
      {"site.access_log", "/var/log/nginx/flask_access.log", "Its access log."},
      {"database.address", "",
       "host:port as the application reaches it. Without it: DB_HOST and DB_PORT of "
       "/etc/flask-app.env, where the agent may read that file."},
      {"database.user", "faultline", "The user that logs in to look."},
      {"database.password_file", "", "The file that holds this user's password."},
      {"database.socket", "/run/mysqld/mysqld.sock", "Where the database's own host logs in."},
      {"database.unit", "mysql.service", "The database's unit; an alias is resolved."},
      {"database.datadir", "/var/lib/mysql", "Where the database keeps its data."},
      {"database.error_log", "",
       "Its error log. Without it: /var/log/mysql/error.log where it exists; the journal is read "
       "in any case."}};
  return facts;
}

Facts ReadFacts(const yaml::Fields& root, const std::string& directory) {
  Facts facts;
  for (const char* section : {"site", "database"}) {
    std::vector<std::string> known;
    for (const FactDeclaration& fact : FactDeclarations()) {
      const std::vector<std::string> parts = absl::StrSplit(fact.name, '.');
      if (parts[0] == section) known.push_back(parts[1]);
    }
    const yaml::Fields fields = root.Section(section, known);
    for (const std::string& field : known) {
      const std::optional<std::string> text = fields.Text(field);
      if (!text || text->empty()) continue;
      const std::string name = absl::StrCat(section, ".", field);
      if (const std::string error = FormError(name, *text); !error.empty()) {
        fields.Error(field, absl::StrCat(yaml::Quoted(*text), " is not ", error));
      } else {
        facts.values[name] = *text;
      }
    }
  }
  Look(facts, "site.domain", kCertificates, OnlyCertificate(directory));
  Look(facts, "database.address", kApplicationEnvironment, DatabaseOfApplication(directory));
  Look(facts, "database.error_log", "the file's being there", DatabaseLog(directory));
  Complete(facts);
  return facts;
}

Facts ExampleFacts() {
  Facts facts;
  facts.values = {{"site.domain", "app.example.com"},
                  {"database.address", "10.0.2.10:3306"},
                  {"database.password_file", "/etc/faultline/mysql.password"},
                  {"database.error_log", kDatabaseLog}};
  Complete(facts);
  return facts;
}

bool FillIn(const std::string& text, const Facts& facts, std::string* filled,
            std::string* missing) {
  filled->clear();
  for (size_t at = 0; at < text.size();) {
    const size_t open = text.find('{', at);
    const size_t close = open == std::string::npos ? open : text.find('}', open);
    if (close == std::string::npos) {
      filled->append(text, at);
      break;
    }
    const std::string name = text.substr(open + 1, close - open - 1);
    const auto found = facts.values.find(name);
    if (found == facts.values.end()) {
      *missing = name;
      return false;
    }
    filled->append(text, at, open - at);
    filled->append(found->second);
    at = close + 1;
  }
  return true;
}

}  // namespace faultline::config
