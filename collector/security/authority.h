// The collector's own certificate authority.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "collector/security/authority_files.h"
#include "collector/security/issue.h"
#include "common/clock.h"
#include "common/identity.h"

namespace faultline::security {

struct IssuedCertificate {
  std::string der;
  std::string serial;  // hexadecimal
  Validity validity;
};

// What a TLS server shows. PEM; the key is a secret.
struct ServerCertificate {
  std::string authority;
  std::string certificate;
  std::string key;
};

// Immutable once it is there, hence thread-safe.
//
// Its files are DIRECTORY/ca.crt (0644) and DIRECTORY/ca.key (0600), the directory 0700; both are
// what a backup must hold. They are made together, aside, and appear as one by rename(2): no crash
// leaves half of them.
class Authority {
 public:
  // Opens the authority in `directory`, or makes one (ECDSA P-256, ten years) when the directory is
  // not there or empty. Errors name authority.directory and the fix: one file without the other,
  // files that do not belong together, a key or directory open to others, an authority that has
  // expired at `now`, a clock that is certainly wrong.
  static absl::StatusOr<std::unique_ptr<Authority>> OpenOrMake(const std::string& directory,
                                                               WallTime now);

  // The same without making one: NotFound where one would be made.
  static absl::StatusOr<std::unique_ptr<Authority>> Open(const std::string& directory,
                                                         WallTime now);

  const std::string& der() const { return der_; }
  const std::string& pem() const { return pem_; }
  WallTime not_after() const { return validity_.not_after; }
  // True when OpenOrMake made it.
  bool is_new() const { return is_new_; }

  // From `now`, by whole seconds, for `life` but never longer than the authority's own.
  // FailedPrecondition while the clock is certainly wrong or the authority has ended.
  absl::StatusOr<IssuedCertificate> IssueHost(EVP_PKEY* key, const HostIdentity& identity,
                                              WallTime now, Span life) const;

  // A new key each time, which never touches a disk, good for the authority's whole life, so that
  // no clock that was wrong at the start tells in it: whoever could steal it from this process
  // could steal the authority's key as well, so a shorter life would only be one more thing that
  // can run out. Each start of the collector makes one.
  absl::StatusOr<ServerCertificate> IssueServer() const;

 private:
  Authority() = default;
  static absl::StatusOr<std::unique_ptr<Authority>> Of(const AuthorityFiles& files,
                                                       const std::string& directory, WallTime now);
  Issuer issuer() const { return {certificate_.get(), key_.get()}; }

  tls::KeyPtr key_;
  tls::X509Ptr certificate_;
  std::string der_;
  std::string pem_;
  Validity validity_;
  bool is_new_ = false;
};

}  // namespace faultline::security
