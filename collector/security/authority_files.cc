#include "collector/security/authority_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <sys/file.h>
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
#include "common/place.h"

namespace faultline::security {
namespace {

constexpr size_t kMaxPemBytes = 64 * 1024;
constexpr Span kLife = Span::Seconds(3650LL * 86'400);
// A beginning long ago: hosts whose clock is behind believe it, and so do all when this machine's
// clock is ahead today. It says nothing about trust, which is in the key.
constexpr Span kBackdated = kLife;
constexpr WallTime kWritten{1'767'225'600'000'000'000};  // 2026-01-01

std::string Crt(const std::string& directory) { return directory + "/ca.crt"; }
std::string Key(const std::string& directory) { return directory + "/ca.key"; }
bool Exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

absl::Status BadDirectory(absl::string_view what) {
  return absl::FailedPreconditionError(absl::StrCat("authority.directory: ", what));
}

absl::Status DirectoryErrno(const char* doing, const std::string& path) {
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
    return DirectoryErrno("read", directory);
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
    if (mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST)
      return DirectoryErrno("make", directory);
  }
  return absl::OkStatus();
}

absl::StatusOr<AuthorityFiles> MakePems(WallTime now) {
  auto key = NewKey();
  if (!key.ok()) return key.status();
  auto certificate = MakeAuthorityCertificate(key->get(), {now - kBackdated, now + kLife});
  if (!certificate.ok()) return certificate.status();
  const tls::BioPtr key_pem(BIO_new(BIO_s_mem()));
  const tls::BioPtr certificate_pem(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_PrivateKey(key_pem.get(), key->get(), nullptr, nullptr, 0, nullptr, nullptr) !=
          1 ||
      PEM_write_bio_X509(certificate_pem.get(), certificate->get()) != 1) {
    return tls::OpensslError("write a certificate");
  }
  return AuthorityFiles{tls::TextOf(certificate_pem.get()), tls::TextOf(key_pem.get())};
}

// Held while the authority is made; the kernel gives it back when the process ends in any way.
class MakingLock {
 public:
  explicit MakingLock(const std::string& path)
      : fd_(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)) {
    while (fd_ >= 0 && flock(fd_, LOCK_EX) != 0 && errno == EINTR) {
    }
  }
  ~MakingLock() {
    if (fd_ >= 0) close(fd_);
  }
  MakingLock(const MakingLock&) = delete;
  MakingLock& operator=(const MakingLock&) = delete;
  bool held() const { return fd_ >= 0; }

 private:
  const int fd_;
};

absl::Status MakeAuthority(const std::string& directory, WallTime now) {
  if (absl::Status clock = CheckClock(now); !clock.ok()) return clock;
  if (absl::Status made = MakeParents(directory); !made.ok()) return made;
  const MakingLock lock(directory + ".lock");
  if (!lock.held()) return DirectoryErrno("lock", directory + ".lock");
  const auto empty = IsEmpty(directory);
  if (!empty.ok() || !*empty) return empty.status();  // somebody else has made it meanwhile
  auto files = MakePems(now);
  if (!files.ok()) return files.status();
  // What a crash may have left of an authority that nobody ever saw.
  const std::string aside = directory + ".making";
  unlink(Crt(aside).c_str());
  unlink(Key(aside).c_str());
  if (mkdir(aside.c_str(), 0700) != 0 && errno != EEXIST) return DirectoryErrno("make", aside);
  if (chmod(aside.c_str(), 0700) != 0) return DirectoryErrno("make private", aside);
  absl::Status written = WriteNewFile(Key(aside), files->key, 0600);
  if (written.ok()) written = WriteNewFile(Crt(aside), files->certificate, 0644);
  if (written.ok()) written = SyncDirectory(aside);
  if (!written.ok()) return BadDirectory(written.message());
  if (std::rename(aside.c_str(), directory.c_str()) != 0) {
    if (errno == EBUSY) {
      return BadDirectory(absl::StrCat(directory,
                                       " is a mount point, which cannot be replaced as a whole; ",
                                       "name a directory in it: ", directory, "/authority"));
    }
    return DirectoryErrno("put in place", directory);
  }
  return SyncDirectory(ParentOf(directory));
}

absl::Status CheckPrivate(const std::string& directory) {
  struct stat info {};
  if (stat(directory.c_str(), &info) != 0) return DirectoryErrno("examine", directory);
  if ((info.st_mode & 077U) != 0) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "authority.directory: %s has mode %04o, so others may get at the authority's key; if it "
        "is the right directory, type: chmod 700 %s (and think of who was there already)",
        directory, info.st_mode & 07777U, directory));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckClock(WallTime now) {
  if (now >= kWritten) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("this machine's clock says ", FormatForPeople(now),
                   ", which is before this program was written; set it, then start again"));
}

absl::StatusOr<AuthorityFiles> ReadOrMakeAuthorityFiles(const std::string& directory,
                                                        WallTime now) {
  auto files = ReadAuthorityFiles(directory);
  if (!absl::IsNotFound(files.status())) return files;
  if (absl::Status made = MakeAuthority(directory, now); !made.ok()) return made;
  files = ReadAuthorityFiles(directory);
  if (files.ok()) files->is_new = true;
  return files;
}

absl::StatusOr<AuthorityFiles> ReadAuthorityFiles(const std::string& directory) {
  if (absl::Status place = CheckPlace(directory); absl::IsInvalidArgument(place)) {
    return absl::InvalidArgumentError(absl::StrCat("authority.directory: ", place.message()));
  }
  const auto empty = IsEmpty(directory);
  if (!empty.ok()) return empty.status();
  if (*empty) return absl::NotFoundError("there is no authority yet");
  if (absl::Status checked = CheckPrivate(directory); !checked.ok()) return checked;
  const bool has_certificate = Exists(Crt(directory));
  const bool has_key = Exists(Key(directory));
  if (!has_certificate && !has_key) {
    return BadDirectory(
        absl::StrCat(directory,
                     " is not empty and holds no authority; put ca.crt and ca.key back from "
                     "a backup, or name an empty directory to begin anew (every host must "
                     "then join again)"));
  }
  if (!has_certificate || !has_key) {
    return BadDirectory(
        absl::StrCat(directory, " has ", has_key ? "ca.key" : "ca.crt", " without ",
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
