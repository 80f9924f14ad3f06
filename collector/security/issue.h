// Certificates, put together field by field. Nothing of a request but its key ever gets into one.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "common/clock.h"
#include "common/identity.h"
#include "common/tls/openssl.h"

namespace faultline::security {

// Both included, whole seconds.
struct Validity {
  WallTime not_before;
  WallTime not_after;
};

absl::StatusOr<tls::KeyPtr> NewKey();  // ECDSA P-256

// Signs itself; CA:TRUE, pathlen 0.
absl::StatusOr<tls::X509Ptr> MakeAuthorityCertificate(EVP_PKEY* key, const Validity& validity);

// By `authority` and its key.
struct Issuer {
  X509* authority;
  EVP_PKEY* key;
};

// For a client, with the URI of `identity`.
absl::StatusOr<tls::X509Ptr> MakeHostCertificate(const Issuer& issuer, EVP_PKEY* key,
                                                 const HostIdentity& identity,
                                                 const Validity& validity);
// For a server, with the names faultline-collector, localhost, 127.0.0.1 and ::1.
absl::StatusOr<tls::X509Ptr> MakeCollectorCertificate(const Issuer& issuer, EVP_PKEY* key,
                                                      const Validity& validity);

Validity ValidityOf(const X509* certificate);

}  // namespace faultline::security
