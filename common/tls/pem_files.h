// Certificate, key and authority from PEM files, checked before anything is done with them: gRPC
// itself only says later, to the other side, that a handshake failed.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "common/tls/openssl.h"

namespace faultline::tls {

struct PemPaths {
  std::string ca;
  std::string certificate;
  std::string key;
};

struct PemFiles {
  std::string ca;           // PEM
  std::string certificate;  // PEM, may be a chain
  std::string key;          // PEM; a secret
  X509Ptr leaf;             // the first of `certificate`, never null
};

// Reads the three files (each at most 1 MiB) and checks that they are PEM, that the key has no
// password and belongs to the certificate, and that the certificate has not expired. Errors name
// the field ("tls.key"), the file and the fix; `user` is whose right to read is missing
// ("the agent's user").
absl::StatusOr<PemFiles> LoadPemFiles(const PemPaths& paths, const std::string& user);

}  // namespace faultline::tls
