#include "common/tls/certificate.h"

#include <openssl/pem.h>

#include "absl/strings/ascii.h"
#include "common/tls/openssl.h"

namespace faultline::tls {

std::string SerialOf(const X509* certificate) {
  const NumberPtr number(ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr));
  if (number == nullptr) return "";
  char* const digits = BN_bn2hex(number.get());
  if (digits == nullptr) return "";
  std::string serial = absl::AsciiStrToLower(digits);
  OPENSSL_free(digits);
  return serial;
}

std::string SerialOfPem(std::string_view pem) {
  const X509Ptr certificate(PEM_read_bio_X509(ReadOnly(pem).get(), nullptr, NoPassword, nullptr));
  ERR_clear_error();
  return certificate == nullptr ? "" : SerialOf(certificate.get());
}

}  // namespace faultline::tls
