// Certificates out of a PEM text. The one file of the checks that speaks OpenSSL's X.509 is
// certificate_file.cc.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "agent/checks/certificate_judge.h"

namespace faultline::checks {

inline constexpr size_t kMaxCertificateFile = 1 << 20;

// Reads at most kMaxCertificateFile bytes. NotFound and PermissionDenied say what to do. A private
// key in the same file is never kept.
absl::StatusOr<std::string> ReadCertificateFile(const std::string& path);

// InvalidArgument when `pem` holds no certificate. `hostnames` are what it should cover.
absl::StatusOr<CertificateFacts> ParseCertificates(const std::string& pem,
                                                   const std::vector<std::string>& hostnames);

}  // namespace faultline::checks
