// What a certificate file, what a server serves and certbot's configuration mean together: PURE.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/checks/certificate_judge.h"
#include "agent/checks/certificate_renewal.h"
#include "agent/checks/observation.h"
#include "agent/host/tls_session.h"

namespace faultline::checks {

// One look at what a server serves.
struct ServedLook {
  // Why there is no certificate to judge: UNKNOWN where the server was not reached, CRITICAL where
  // it cannot complete a handshake.
  std::optional<Observation> failed;
  CertificateFacts facts;              // otherwise, with `where`
  std::vector<host::TlsDoubt> doubts;  // why its chain is not trusted here
};

struct CertificateLooks {
  std::optional<Observation> file_failed;  // the file could not be read: UNKNOWN
  std::optional<CertificateFacts> file;  // absent with `file_failed`, and where no file is watched
  WallTime file_changed;                 // when the file came to be as it is
  std::optional<ServedLook> served;
  std::optional<RenewalLook> renewal;
};

struct CertificateExpectation {
  CertificateLimits limits;
  bool trusts_file = false;  // the watched file is the one to trust by: it signs itself
  bool verify = true;        // a served chain that is not trusted is CRITICAL
  Span reload_grace;         // how long a server may go on serving the old one after a renewal
};

// The gravest finding; the others are its evidence. Of findings of one gravity the one that names a
// cause comes first: what was renewed and not reloaded, before that it expires.
CertificateVerdict JudgeCertificates(const CertificateLooks& looks,
                                     const CertificateExpectation& expected, WallTime now);

}  // namespace faultline::checks
