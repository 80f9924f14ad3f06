#include "agent/checks/certificate_file.h"

#include <fcntl.h>
#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "agent/host/endpoint.h"
#include "agent/host/fd.h"
#include "common/text.h"
#include "common/tls/certificate.h"
#include "common/tls/openssl.h"

namespace faultline::checks {
namespace {

constexpr size_t kMaxCertificates = 16;
constexpr size_t kMaxNames = 8;
constexpr size_t kMaxNameBytes = 253;

std::string NameText(const ASN1_STRING* string) {
  if (string == nullptr) return "";
  const auto* data = reinterpret_cast<const char*>(ASN1_STRING_get0_data(string));
  return CleanText({data, static_cast<size_t>(ASN1_STRING_length(string))}, kMaxNameBytes);
}

// The first few, each bounded.
std::vector<std::string> SomeNames(X509* certificate) {
  std::vector<std::string> names = tls::DnsNames(certificate);
  if (names.size() > kMaxNames) names.resize(kMaxNames);
  for (std::string& name : names) name = CleanText(name, kMaxNameBytes);
  return names;
}

std::string CommonName(const X509_NAME* name) {
  const int index = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
  if (index < 0) return "";
  return NameText(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index)));
}

std::string CertificateFingerprint(const X509* certificate) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (X509_digest(certificate, EVP_sha256(), digest, &size) != 1) return "";
  return absl::BytesToHexString({reinterpret_cast<const char*>(digest), size});
}

bool Covers(X509* certificate, const std::string& hostname) {
  if (host::ParseIpAddress(hostname).has_value()) {
    return X509_check_ip_asc(certificate, hostname.c_str(), 0) == 1;
  }
  return X509_check_host(certificate, hostname.data(), hostname.size(), 0, nullptr) == 1;
}

bool IssuedBy(X509* certificate, X509* issuer) {
  return X509_check_issued(issuer, certificate) == X509_V_OK;
}

// Every certificate is issued by the next one, and there is at least one issuer.
bool ChainPresent(const std::vector<tls::X509Ptr>& chain) {
  if (chain.size() < 2) return false;
  for (size_t i = 0; i + 1 < chain.size(); ++i) {
    if (!IssuedBy(chain[i].get(), chain[i + 1].get())) return false;
  }
  return true;
}

}  // namespace

absl::StatusOr<std::string> ReadCertificateFile(const std::string& path) {
  const host::Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd.valid()) {
    if (errno == ENOENT || errno == ENOTDIR) {
      return absl::NotFoundError(
          absl::StrCat(path, " does not exist; it is watched for and read once it does"));
    }
    if (errno == EACCES) {
      return absl::PermissionDeniedError(absl::StrCat(
          "may not read ", path,
          "; let the agent's user read it and enter its directories "
          "(setfacl -m u:faultline-agent:rX on each), the certificate only, not the key"));
    }
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", path));
  }
  struct stat info {};
  if (fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode)) {
    return absl::InvalidArgumentError(absl::StrCat(path, " is not a regular file"));
  }
  if (info.st_size > static_cast<off_t>(kMaxCertificateFile)) {
    return absl::InvalidArgumentError(absl::StrCat(path, " is larger than 1 MiB: no certificate"));
  }
  // Room for what may be appended meanwhile.
  std::string text(static_cast<size_t>(info.st_size) + 1024, '\0');
  size_t length = 0;
  while (length < text.size()) {
    const ssize_t n = read(fd.get(), text.data() + length, text.size() - length);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot read ", path));
    if (n == 0) break;
    length += static_cast<size_t>(n);
  }
  text.resize(length);
  return text;
}

absl::StatusOr<CertificateFacts> ParseCertificates(const std::string& pem,
                                                   const std::vector<std::string>& hostnames) {
  const tls::BioPtr bio = tls::ReadOnly(pem);
  std::vector<tls::X509Ptr> chain;
  while (bio != nullptr && chain.size() < kMaxCertificates) {
    tls::X509Ptr next(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (next == nullptr) break;
    chain.push_back(std::move(next));
  }
  ERR_clear_error();
  if (chain.empty()) return absl::InvalidArgumentError("holds no certificate in PEM form");
  X509* first = chain.front().get();
  CertificateFacts facts;
  const std::optional<WallTime> begin = tls::TimeOf(X509_get0_notBefore(first));
  const std::optional<WallTime> end = tls::TimeOf(X509_get0_notAfter(first));
  if (!begin || !end) {
    return absl::InvalidArgumentError("holds a certificate without valid times");
  }
  facts.not_before = *begin;
  facts.not_after = *end;
  facts.names = SomeNames(first);
  facts.name = facts.names.empty() ? CommonName(X509_get_subject_name(first)) : facts.names.front();
  if (facts.name.empty()) facts.name = "an unnamed subject";
  facts.fingerprint = CertificateFingerprint(first);
  facts.issuer = CommonName(X509_get_issuer_name(first));
  facts.self_signed = IssuedBy(first, first);
  facts.chain_present = ChainPresent(chain);
  for (const std::string& hostname : hostnames) {
    if (!Covers(first, hostname)) facts.missing_hostnames.push_back(hostname);
  }
  ERR_clear_error();
  return facts;
}

}  // namespace faultline::checks
