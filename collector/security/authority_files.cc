#include "collector/security/authority_files.h"

#include <dirent.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "collector/security/issue.h"
#include "collector/security/private_file.h"

namespace faultline::security {
namespace {

constexpr size_t kMaxPemBytes = 64 * 1024;
constexpr Span kLife = Span::Seconds(3650LL * 86'400);
// Hosts whose clock is behind still believe a new authority.
constexpr Span kBackdated = Span::Seconds(3600);

std::string Crt(const std::string& directory) { return directory + "/ca.crt"; }
std::string Key(const std::string& directory) { return directory + "/ca.key"; }
bool Exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

absl::Status Bad(absl::string_view what) {
  return absl::FailedPreconditionError(absl::StrCat("authority.directory: ", what));
}

absl::Status Cannot(const char* doing, const std::string& path) {
  return absl::ErrnoToStatus(errno,
                             absl::StrCat("authority.directory: cannot ", doing, " ", path,
                                          " (the collector's user must own its parent, or name "
                                          "another place)"));
}

// Not there counts as empty.
absl::StatusOr<bool> IsEmpty(const std::string& directory) {
  const std::unique_ptr<DIR, int (*)(DIR*)> open(opendir(directory.c_str()), closedir);
  if (open == nullptr) {
    if (errno == ENOENT) return true;
    return Cannot("read", directory);
  }
  for (const dirent* entry = readdir(open.get()); entry != nullptr; entry = readdir(open.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") return false;
  }
  return true;
}

absl::Status MakeParents(const std::string& path) {
  for (size_t slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    const std::string directory = path.substr(0, slash);
    if (mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) return Cannot("make", directory);
  }
  return absl::OkStatus();
}

absl::StatusOr<AuthorityFiles> MakePems(WallTime now) {
  auto key = NewKey();
  if (!key.ok()) return key.status();
  auto certificate = MakeAuthorityCertificate(key->get(), {now - kBackdated, now + kLife});
  if (!certificate.ok()) return certificate.status();
  const BioPtr key_pem(BIO_new(BIO_s_mem()));
  const BioPtr certificate_pem(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_PrivateKey(key_pem.get(), key->get(), nullptr, nullptr, 0, nullptr, nullptr) !=
          1 ||
      PEM_write_bio_X509(certificate_pem.get(), certificate->get()) != 1) {
    return OpensslError("write a certificate");
  }
  return AuthorityFiles{TextOf(certificate_pem.get()), TextOf(key_pem.get()), true};
}

absl::StatusOr<AuthorityFiles> Make(const std::string& directory, WallTime now) {
  if (absl::Status made = MakeParents(directory); !made.ok()) return made;
  auto files = MakePems(now);
  if (!files.ok()) return files.status();
  // What a crash may have left of an authority that nobody ever saw.
  const std::string aside = directory + ".making";
  unlink(Crt(aside).c_str());
  unlink(Key(aside).c_str());
  if (mkdir(aside.c_str(), 0700) != 0 && errno != EEXIST) return Cannot("make", aside);
  if (chmod(aside.c_str(), 0700) != 0) return Cannot("make private", aside);
  absl::Status written = WriteNewFile(Key(aside), files->key, 0600);
  if (written.ok()) written = WriteNewFile(Crt(aside), files->certificate, 0644);
  if (written.ok()) written = SyncDirectory(aside);
  if (!written.ok()) return Bad(written.message());
  if (std::rename(aside.c_str(), directory.c_str()) != 0) return Cannot("put in place", directory);
  if (absl::Status synced = SyncDirectory(ParentOf(directory)); !synced.ok()) return synced;
  return files;
}

absl::Status CheckPrivate(const std::string& directory) {
  struct stat info {};
  if (stat(directory.c_str(), &info) != 0) return Cannot("examine", directory);
  if ((info.st_mode & 077U) != 0) {
    return absl::PermissionDeniedError(absl::StrFormat(
        "authority.directory: %s has mode %04o, so others may get at the authority's key; type: "
        "chmod 700 %s (and think of who was there already)",
        directory, info.st_mode & 07777U, directory));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<AuthorityFiles> ReadOrMakeAuthorityFiles(const std::string& directory,
                                                        WallTime now) {
  const auto empty = IsEmpty(directory);
  if (!empty.ok()) return empty.status();
  if (*empty) return Make(directory, now);
  if (absl::Status checked = CheckPrivate(directory); !checked.ok()) return checked;
  const bool has_certificate = Exists(Crt(directory));
  const bool has_key = Exists(Key(directory));
  if (!has_certificate && !has_key) {
    return Bad(absl::StrCat(directory,
                            " is not empty and holds no authority; put ca.crt and ca.key back from "
                            "a backup, or name an empty directory to begin anew (every host must "
                            "then join again)"));
  }
  if (!has_certificate || !has_key) {
    return Bad(absl::StrCat(directory, " has ", has_key ? "ca.key" : "ca.crt", " without ",
                            has_key ? "ca.crt" : "ca.key",
                            "; put it back from a backup, or name an empty directory to begin anew "
                            "(every host must then join again)"));
  }
  auto key = ReadGuardedFile(Key(directory), "authority.directory: the key", kMaxPemBytes, 077);
  if (!key.ok()) return key.status();
  auto certificate =
      ReadGuardedFile(Crt(directory), "authority.directory: the certificate", kMaxPemBytes, 0);
  if (!certificate.ok()) return certificate.status();
  return AuthorityFiles{*std::move(certificate), *std::move(key)};
}

}  // namespace faultline::security
