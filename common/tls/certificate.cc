#include "common/tls/certificate.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <memory>

#include "absl/strings/ascii.h"
#include "common/tls/pem_files.h"

namespace faultline::tls {

std::string SerialOf(const X509* certificate) {
  const std::unique_ptr<BIGNUM, void (*)(BIGNUM*)> number(
      ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr), BN_free);
  if (number == nullptr) return "";
  char* const digits = BN_bn2hex(number.get());
  if (digits == nullptr) return "";
  std::string serial = absl::AsciiStrToLower(digits);
  OPENSSL_free(digits);
  return serial;
}

std::string SerialOfPem(std::string_view pem) {
  const std::unique_ptr<BIO, int (*)(BIO*)> bytes(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  const auto no_password = [](char*, int, int, void*) { return 0; };
  const X509Ptr certificate(PEM_read_bio_X509(bytes.get(), nullptr, no_password, nullptr));
  ERR_clear_error();
  return certificate == nullptr ? "" : SerialOf(certificate.get());
}

}  // namespace faultline::tls
