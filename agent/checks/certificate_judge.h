// What a certificate means at a moment: PURE.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/checks/observation.h"

namespace faultline::checks {

// Of the first certificate of a file or of a served chain, and how that goes on.
struct CertificateFacts {
  std::string name;  // for people: first DNS name, else common name
  WallTime not_before;
  WallTime not_after;
  bool self_signed = false;
  // The certificates of the file, each issued by the next one, end at a self-signed one or at one
  // whose issuer differs from its own subject and that is not the first.
  bool chain_present = false;
  std::vector<std::string> missing_hostnames;  // asked for, and not covered
  std::vector<std::string> names;              // that it covers, at most 8
  std::string fingerprint;                     // SHA-256 of it, hexadecimal
  std::string issuer;                          // common name of its issuer, for people
  std::string where;                           // "served at 127.0.0.1:443"; empty: of the file
};

struct CertificateLimits {
  std::optional<Span> warn;      // absent: a quarter of its life
  std::optional<Span> critical;  // absent: 3 days or a tenth of its life, whichever is shorter
  bool require_chain = false;
};

struct CertificateVerdict {
  Observation observation;  // without times
  // When time alone changes it; {0} = never.
  WallTime next_change;
  // The file is another one than what is served, and the server still has its grace.
  bool awaits_reload = false;
};

CertificateVerdict JudgeCertificate(const CertificateFacts& facts, const CertificateLimits& limits,
                                    WallTime now);

}  // namespace faultline::checks
