#include "common/tls/pem_files.h"

#include <openssl/pem.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"

namespace faultline::tls {
namespace {

constexpr size_t kMaxPemBytes = 1 << 20;

absl::StatusOr<std::string> ReadPem(const char* field, const std::string& path,
                                    const std::string& user) {
  const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "re"), std::fclose);
  if (file == nullptr) {
    const std::string text = absl::StrCat("tls.", field, ": cannot open ", path, ": ",
                                          std::generic_category().message(errno));
    if (errno == ENOENT) {
      return absl::NotFoundError(absl::StrCat(text, "; put the certificates there"));
    }
    return absl::PermissionDeniedError(
        absl::StrCat(text, "; let ", user, " read it (chown, mode 0600 for the key)"));
  }
  std::string pem;
  char chunk[4096];
  size_t got = 0;
  while ((got = std::fread(chunk, 1, sizeof(chunk), file.get())) > 0) {
    pem.append(chunk, got);
    if (pem.size() > kMaxPemBytes) break;
  }
  if (std::ferror(file.get()) != 0 || pem.size() > kMaxPemBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("tls.", field, ": ", path, " cannot be read or is no PEM file"));
  }
  return pem;
}

absl::Status Bad(const char* field, const std::string& path, absl::string_view what) {
  ERR_clear_error();
  return absl::InvalidArgumentError(absl::StrCat("tls.", field, ": ", path, " ", what));
}

absl::Status Check(const PemPaths& paths, PemFiles* files) {
  const X509Ptr ca(PEM_read_bio_X509(ReadOnly(files->ca).get(), nullptr, NoPassword, nullptr));
  if (ca == nullptr) return Bad("ca", paths.ca, "holds no certificate in PEM form");
  files->leaf.reset(
      PEM_read_bio_X509(ReadOnly(files->certificate).get(), nullptr, NoPassword, nullptr));
  if (files->leaf == nullptr) {
    return Bad("certificate", paths.certificate, "holds no certificate in PEM form");
  }
  const KeyPtr key(
      PEM_read_bio_PrivateKey(ReadOnly(files->key).get(), nullptr, NoPassword, nullptr));
  if (key == nullptr) {
    return Bad("key", paths.key, "holds no private key in PEM form without a password");
  }
  if (X509_check_private_key(files->leaf.get(), key.get()) != 1) {
    return Bad("key", paths.key,
               absl::StrCat("does not belong to the certificate ", paths.certificate,
                            "; put the two that were made together"));
  }
  if (X509_cmp_current_time(X509_get0_notAfter(files->leaf.get())) < 0) {
    return Bad("certificate", paths.certificate, "has expired; renew it");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<PemFiles> LoadPemFiles(const PemPaths& paths, const std::string& user) {
  PemFiles files;
  const struct {
    const char* field;
    const std::string& path;
    std::string& pem;
  } parts[] = {{"ca", paths.ca, files.ca},
               {"certificate", paths.certificate, files.certificate},
               {"key", paths.key, files.key}};
  for (const auto& part : parts) {
    absl::StatusOr<std::string> pem = ReadPem(part.field, part.path, user);
    if (!pem.ok()) return pem.status();
    part.pem = *std::move(pem);
  }
  if (absl::Status checked = Check(paths, &files); !checked.ok()) return checked;
  return files;
}

}  // namespace faultline::tls
