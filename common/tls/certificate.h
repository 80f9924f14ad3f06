// Single facts of a certificate.
#pragma once

#include <openssl/x509.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/clock.h"

namespace faultline::tls {

// The serial number as lower-case hexadecimal digits, two a byte ("01af").
std::string SerialOf(const X509* certificate);

// Of the first certificate in `pem`; empty when there is none.
std::string SerialOfPem(std::string_view pem);

// The URI names of a certificate's subject alternative names (RFC 5280, 4.2.1.6).
std::vector<std::string> UriNames(X509* certificate);

// The DNS names there, in their order, as they stand ("*.example.com"); those that are no printable
// ASCII are left out.
std::vector<std::string> DnsNames(X509* certificate);

// In PEM; empty when it cannot be written.
std::string PemOf(X509* certificate);

// nullopt for a null or malformed time. Before 1970 is 1970; later than nanoseconds can hold ("no
// end" is written 99991231235959Z) is the last second that they can.
std::optional<WallTime> TimeOf(const ASN1_TIME* time);

}  // namespace faultline::tls
