// Single facts of a certificate.
#pragma once

#include <openssl/x509.h>

#include <string>
#include <string_view>

namespace faultline::tls {

// The serial number as lower-case hexadecimal digits, two a byte ("01af").
std::string SerialOf(const X509* certificate);

// Of the first certificate in `pem`; empty when there is none.
std::string SerialOfPem(std::string_view pem);

}  // namespace faultline::tls
