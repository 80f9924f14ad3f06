#include "agent/init/site_certificate.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "agent/checks/certificate_file.h"
#include "agent/host/endpoint.h"
#include "common/host_name.h"
#include "common/text.h"

namespace faultline::init {
namespace {

constexpr size_t kMaxCertificates = 64;
constexpr char kLive[] = "/etc/letsencrypt/live/";

bool IsClosed(const std::string& path) {
  std::error_code error;
  const std::filesystem::path real = std::filesystem::canonical(path, error);
  if (error) return true;
  struct stat info {};
  if (stat(real.c_str(), &info) != 0 || (info.st_mode & S_IROTH) == 0) return true;
  // Also the directories that the links on the way stand in.
  for (std::filesystem::path each : {real, std::filesystem::path(path)}) {
    while (each.has_relative_path()) {
      each = each.parent_path();
      if (stat(each.c_str(), &info) != 0 || (info.st_mode & S_IXOTH) == 0) return true;
    }
  }
  return false;
}

void Add(HostFiles& files, const Seen& file, std::vector<SiteCertificate>* out) {
  if (!absl::StartsWith(file.value, "/") || out->size() == kMaxCertificates ||
      FindCertificate(*out, file.value) != nullptr) {
    return;
  }
  SiteCertificate certificate{.file = file.value, .where = file.where};
  const auto pem = checks::ReadCertificateFile(files.RealPath(file.value));
  const auto facts = pem.ok() ? checks::ParseCertificates(*pem, {}) : pem.status();
  if (facts.ok()) {
    certificate.names = facts->names;
    certificate.self_signed = facts->self_signed;
    certificate.closed = IsClosed(files.RealPath(file.value));
  } else {
    certificate.problem = CleanText(std::string(facts.status().message()), 200);
  }
  if (absl::StartsWith(file.value, kLive)) {
    const std::string rest = file.value.substr(sizeof(kLive) - 1);
    const std::string renewal =
        absl::StrCat("/etc/letsencrypt/renewal/", rest.substr(0, rest.find('/')), ".conf");
    if (files.Exists(renewal)) certificate.renewal = renewal;
  }
  out->push_back(std::move(certificate));
}

}  // namespace

std::string SiteCertificate::Domain() const {
  const auto found = std::find_if(names.begin(), names.end(), [](const std::string& name) {
    return IsHostName(name) && name.find('.') != std::string::npos &&
           !host::ParseIpAddress(name).has_value();
  });
  return found == names.end() ? "" : *found;
}

const SiteCertificate* FindCertificate(const std::vector<SiteCertificate>& certificates,
                                       const std::string& file) {
  const auto found = std::find_if(certificates.begin(), certificates.end(),
                                  [&](const auto& each) { return each.file == file; });
  return found == certificates.end() ? nullptr : &*found;
}

std::vector<SiteCertificate> FindCertificates(HostFiles& files,
                                              const std::vector<NginxSite>& sites) {
  std::vector<SiteCertificate> out;
  for (const NginxSite& site : sites) Add(files, site.certificate, &out);
  for (const std::string& lineage : files.List("/etc/letsencrypt/live")) {
    const std::string file = absl::StrCat(kLive, lineage, "/fullchain.pem");
    if (files.Exists(file)) Add(files, {file, absl::StrCat("certbot: ", kLive, lineage)}, &out);
  }
  return out;
}

}  // namespace faultline::init
