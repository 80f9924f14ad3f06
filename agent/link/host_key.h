// A host's private key (ECDSA P-256) and what is done with it.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "agent/host/secret_file.h"
#include "common/tls/openssl.h"

namespace faultline::link {

// Movable, immutable; reading from several threads is fine. OpenSSL wipes it when it goes.
class HostKey {
 public:
  // Internal: OpenSSL has no random bytes or no memory.
  static absl::StatusOr<HostKey> Make();
  // InvalidArgument: not one unencrypted P-256 private key in PEM form.
  static absl::StatusOr<HostKey> FromPem(std::string_view pem);

  // PKCS#8.
  host::Secret ToPem() const;
  // PKCS#10, DER, with an empty subject, signed by the key itself.
  absl::StatusOr<std::string> MakeRequest() const;
  // ECDSA with SHA-256, DER.
  absl::StatusOr<std::string> Sign(std::string_view bytes) const;
  bool BelongsTo(X509* certificate) const;
  bool operator==(const HostKey& other) const;

 private:
  explicit HostKey(EVP_PKEY* key) : key_(key) {}

  tls::KeyPtr key_;
};

}  // namespace faultline::link
