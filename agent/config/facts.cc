#include "agent/config/facts.h"

#include <re2/re2.h>

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "agent/config/fact_finders.h"
#include "common/host_name.h"
#include "common/unit_name.h"
#include "common/yaml/node.h"

namespace faultline::config {
namespace {

constexpr char kLive[] = "/etc/letsencrypt/live/";

const std::map<std::string, std::string>& FlaskFacts() {
  static const auto& facts = *new std::map<std::string, std::string>{
      {"site.unit", "flask-app.service"},
      {"site.health_body", R"("status"\s*:\s*"ok")"},
      {"site.db_check", "/db-check"},
      {"site.access_log", "/var/log/nginx/flask_access.log"}};
  return facts;
}

// The part of a URL that names a page.
bool IsPage(const std::string& text) {
  return !text.empty() && text.front() == '/' &&
         std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return c > ' ' && c < 0x7f && c != '#'; });
}

// What is wrong with a pattern, as the check says it too, which is only there with a domain.
std::string PatternError(const std::string& text) {
  RE2::Options quiet(RE2::Latin1);
  quiet.set_log_errors(false);
  const RE2 pattern(text, quiet);
  return pattern.ok() ? "" : absl::StrCat("a pattern of RE2: ", pattern.error());
}

bool IsPath(const std::string& text) { return text.size() > 1 && text.front() == '/'; }

// The names in braces.
std::vector<std::string> NamesIn(const std::string& text) {
  std::vector<std::string> names;
  for (size_t at = 0; (at = text.find('{', at)) != std::string::npos;) {
    const size_t close = text.find('}', at);
    if (close == std::string::npos) break;
    names.push_back(text.substr(at + 1, close - at - 1));
    at = close;
  }
  return names;
}

void Found(Facts& facts, const std::string& name, const std::string& where, std::string value) {
  if (value.empty() || facts.values.contains(name)) return;
  facts.notes.push_back(absl::StrCat(name, " is ", value, ", from ", where));
  facts.values[name] = std::move(value);
  facts.sources[name] = {.fact = name, .where = where};
}

// certbot names its folders as it likes (NAME-0001); the certificate itself says whose it is.
void LookForCertificate(Facts& facts, const std::string& directory) {
  const std::vector<Lineage> lineages = Lineages(directory);
  if (!facts.values.contains("site.domain") && lineages.size() == 1) {
    const Lineage& only = lineages.front();
    const std::string where = kLive + only.folder;
    Found(facts, "site.domain", where, FirstPlainName(only));
    if (FirstPlainName(only).empty()) {
      facts.notes.push_back(absl::StrCat(
          "site.domain is not known from ", where, ": its certificate ",
          only.names.empty() ? "cannot be read, or has no name" : "has only names with a *"));
    }
  }
  const auto domain = facts.values.find("site.domain");
  if (domain == facts.values.end() || facts.values.contains("site.certificate")) return;
  std::vector<std::string> folders;
  for (const Lineage& each : lineages) {
    if (each.folder == domain->second) return;  // the default
    if (Covers(each, domain->second)) folders.push_back(kLive + each.folder);
  }
  if (folders.size() != 1) return;  // one of two would be a guess
  Found(facts, "site.certificate", folders[0], absl::StrCat(folders[0], "/fullchain.pem"));
}

// How an application that nobody has described behaves is not known, but for the runbook's.
void AddFlask(Facts& facts) {
  std::vector<std::string> added;
  for (const auto& [name, value] : FlaskFacts()) {
    if (!facts.values.emplace(name, value).second) continue;
    facts.sources[name] = {.fact = name, .where = "the runbook's Flask application"};
    added.push_back(absl::StrCat(name, " is ", value));
  }
  if (added.empty()) return;
  facts.notes.push_back(
      absl::StrCat(absl::StrJoin(added, ", "), ": the runbook's Flask application is here"));
}

void LookAround(Facts& facts, const std::string& directory) {
  LookForCertificate(facts, directory);
  if (HasFlaskApplication(directory)) AddFlask(facts);
  Found(facts, "site.access_log", "the file's being there", AccessLog(directory));
  Found(facts, "database.address", "/etc/flask-app.env", DatabaseOfApplication(directory));
  Found(facts, "database.error_log", "the file's being there", DatabaseLog(directory));
  if (HasCloudInit(directory)) facts.values["host.cloud_init"] = "true";
}

void Complete(Facts& facts) {
  const auto derive = [&](const std::string& name, const std::string& from, std::string value) {
    facts.values[name] = std::move(value);
    if (const auto source = facts.sources.find(from); source != facts.sources.end()) {
      facts.sources[name] = source->second;
    }
  };
  for (const FactDeclaration& fact : FactDeclarations()) {
    std::string filled;
    std::string missing;
    if (facts.values.contains(fact.name) || fact.default_value.empty()) continue;
    if (!FillIn(fact.default_value, facts, &filled, &missing)) continue;
    facts.values[fact.name] = filled;
    const FactSource source = SourceOf(fact.default_value, facts);
    if (!source.fact.empty()) facts.sources[fact.name] = source;
  }
  const auto certificate = facts.values.find("site.certificate");
  if (certificate != facts.values.end() && !facts.values.contains("site.renewal")) {
    const std::vector<std::string> parts = absl::StrSplit(certificate->second, '/');
    if (parts.size() == 6 && absl::StartsWith(certificate->second, kLive)) {
      derive("site.renewal", "site.certificate",
             absl::StrCat("/etc/letsencrypt/renewal/", parts[4], ".conf"));
    }
  }
  facts.values["database.port"] = "3306";
  std::string host;
  std::string port;
  const auto address = facts.values.find("database.address");
  if (address != facts.values.end() && SplitEndpoint(address->second, &host, &port)) {
    derive("database.host", "database.address", host);
    derive("database.port", "database.address", port);
  }
}

}  // namespace

std::string FormError(const std::string& name, const std::string& value) {
  std::string host;
  std::string port;
  if (name == "database.address") {
    return SplitEndpoint(value, &host, &port)
               ? ""
               : "host:port; write 10.0.2.10:3306 or db.internal:3306";
  }
  if (name == "database.host") {
    return IsHostName(value) || SplitEndpoint(absl::StrCat("[", value, "]:1"), &host, &port)
               ? ""
               : "a host";
  }
  if (name == "database.port") {
    int number = 0;
    return absl::SimpleAtoi(value, &number) && number > 0 && number <= 65535 ? "" : "a port";
  }
  if (name == "site.domain" || name == "site.address") {
    return IsHostName(value) ? "" : "a host; write one like app.example.com";
  }
  if (name == "site.health_body") return PatternError(value);
  if (name == "site.health" || name == "site.db_check") {
    return IsPage(value)
               ? ""
               : "a path of the site without blanks, # and what is not ASCII (%20 stands for a "
                 "blank); write one like /db-check";
  }
  if (name == "site.unit" || name == "database.unit") {
    return IsUnitName(value) && value.find('.') != std::string::npos
               ? ""
               : "a unit; write it with its suffix, like nginx.service";
  }
  if (name == "database.user") return "";
  return IsPath(value) ? "" : "an absolute path";
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
        facts.sources[name] = {.fact = name, .line = fields.Find(field)->line};
      }
    }
  }
  LookAround(facts, directory);
  Complete(facts);
  return facts;
}

Facts ExampleFacts() {
  Facts facts;
  facts.values = FlaskFacts();
  facts.values.merge(std::map<std::string, std::string>{
      {"site.domain", "app.example.com"},
      {"database.address", "10.0.2.10:3306"},
      {"database.password_file", "/etc/faultline/mysql.password"},
      {"database.error_log", "/var/log/mysql/error.log"},
      {"host.cloud_init", "true"}});
  Complete(facts);
  return facts;
}

FactSource SourceOf(const std::string& text, const Facts& facts) {
  FactSource best;
  for (const std::string& name : NamesIn(text)) {
    const auto source = facts.sources.find(name);
    if (source == facts.sources.end()) continue;
    if (source->second.line > 0) return source->second;
    if (best.fact.empty()) best = source->second;
  }
  return best;
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
