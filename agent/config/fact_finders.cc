#include "agent/config/fact_finders.h"

#include <openssl/pem.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "agent/config/environment_file.h"
#include "common/host_name.h"
#include "common/tls/certificate.h"
#include "common/tls/openssl.h"
#include "common/yaml/node.h"

namespace faultline::config {
namespace {

constexpr char kApplicationEnvironment[] = "/etc/flask-app.env";
constexpr char kApplicationUnit[] = "/etc/systemd/system/flask-app.service";
constexpr char kCertificates[] = "/etc/letsencrypt/live";
constexpr size_t kMaxLineages = 64;

bool Exists(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

// The first of `paths` that is there.
std::string FirstOf(const std::string& directory, std::initializer_list<const char*> paths) {
  const auto* found = std::find_if(paths.begin(), paths.end(),
                                   [&](const char* path) { return Exists(directory + path); });
  return found == paths.end() ? "" : *found;
}

std::vector<std::string> NamesInFile(const std::string& file) {
  const absl::StatusOr<std::string> pem = yaml::ReadFile(file);
  if (!pem.ok()) return {};
  const tls::X509Ptr certificate(
      PEM_read_bio_X509(tls::ReadOnly(*pem).get(), nullptr, tls::NoPassword, nullptr));
  ERR_clear_error();
  std::vector<std::string> names;
  if (certificate == nullptr) return names;
  for (const std::string& name : tls::DnsNames(certificate.get())) {
    if (IsHostName(absl::StartsWith(name, "*.") ? name.substr(2) : name)) {
      names.push_back(absl::AsciiStrToLower(name));
    }
  }
  return names;
}

}  // namespace

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
    return IsIpv6(*host);
  }
  return IsHostName(*host);
}

bool HasFlaskApplication(const std::string& directory) {
  return Exists(directory + kApplicationEnvironment) || Exists(directory + kApplicationUnit);
}

std::string DatabaseOfApplication(const std::string& directory) {
  const absl::StatusOr<std::string> text = yaml::ReadFile(directory + kApplicationEnvironment);
  if (!text.ok()) return "";
  const std::map<std::string, std::string> values = ParseEnvironment(*text);
  const auto value = [&values](const char* name, const char* otherwise) {
    const auto found = values.find(name);
    return found == values.end() ? std::string(otherwise) : found->second;
  };
  std::string host = value("DB_HOST", "");
  std::string port = value("DB_PORT", "3306");
  std::string address = absl::StrCat(host, ":", port);
  return SplitEndpoint(address, &host, &port) ? address : "";
}

std::vector<Lineage> Lineages(const std::string& directory) {
  std::vector<Lineage> lineages;
  const std::string live = directory + kCertificates;
  std::error_code error;
  // One folder a certificate, and a README.
  for (std::filesystem::directory_iterator it(live, error), end; !error && it != end;
       it.increment(error)) {
    std::error_code ignored;
    if (it->is_directory(ignored)) lineages.push_back({it->path().filename().string(), {}});
    if (lineages.size() == kMaxLineages) break;
  }
  std::sort(lineages.begin(), lineages.end(),
            [](const Lineage& a, const Lineage& b) { return a.folder < b.folder; });
  for (Lineage& lineage : lineages) {
    lineage.names = NamesInFile(absl::StrCat(live, "/", lineage.folder, "/fullchain.pem"));
  }
  return lineages;
}

std::string FirstPlainName(const Lineage& lineage) {
  const auto plain =
      std::find_if(lineage.names.begin(), lineage.names.end(),
                   [](const std::string& name) { return !absl::StartsWith(name, "*"); });
  return plain == lineage.names.end() ? "" : *plain;
}

bool Covers(const Lineage& lineage, const std::string& host) {
  const std::string name = absl::AsciiStrToLower(absl::StripSuffix(host, "."));
  const size_t dot = name.find('.');
  return std::any_of(lineage.names.begin(), lineage.names.end(), [&](const std::string& each) {
    return each == name ||
           (dot != std::string::npos && each == absl::StrCat("*", name.substr(dot)));
  });
}

std::string DatabaseLog(const std::string& directory) {
  return FirstOf(directory, {"/var/log/mysql/error.log"});
}

std::string AccessLog(const std::string& directory) {
  return FirstOf(directory, {"/var/log/nginx/flask_access.log", "/var/log/nginx/access.log"});
}

bool HasCloudInit(const std::string& directory) {
  const bool disabled =
      !FirstOf(directory, {"/run/cloud-init/disabled", "/etc/cloud/cloud-init.disabled"}).empty();
  return !disabled &&
         !FirstOf(directory, {"/usr/bin/cloud-init", "/etc/cloud/cloud.cfg",
                              "/run/cloud-init/status.json", "/run/cloud-init/result.json"})
              .empty();
}

}  // namespace faultline::config
