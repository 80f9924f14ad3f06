// A host's certificate signing request (PKCS#10), from outside. Only its key is believed.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/tls/openssl.h"

namespace faultline::security {

inline constexpr size_t kMaxRequestBytes = 8 * 1024;

struct RequestedKey {
  tls::KeyPtr key;     // ECDSA P-256, public
  std::string digest;  // SHA-256 of its SubjectPublicKeyInfo, hexadecimal
};

// `der` is one request of at most kMaxRequestBytes, for a key on P-256, signed by that key with
// ECDSA and SHA-2. Total; InvalidArgument begins with "certificate_request" and says what is wrong.
// Costs one verification (about 0.1 ms), and that only after everything else was right.
absl::StatusOr<RequestedKey> ParseCertificateRequest(std::string_view der);

// Whether `signature` (ECDSA with SHA-256, DER) over `message` is by `key`, which may be any key.
bool SignedBy(EVP_PKEY* key, std::string_view message, std::string_view signature);

}  // namespace faultline::security
