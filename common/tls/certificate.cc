#include "common/tls/certificate.h"

#include <openssl/pem.h>

#include <algorithm>
#include <cstdint>
#include <ctime>

#include "absl/strings/ascii.h"
#include "common/tls/openssl.h"

namespace faultline::tls {
namespace {

// Of a `type` whose value is a string (GEN_URI, GEN_DNS).
std::vector<std::string> AlternativeNames(X509* certificate, int type) {
  const NamesPtr names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> found;
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != type) continue;
    const ASN1_IA5STRING* text = name->d.ia5;
    found.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                       static_cast<size_t>(ASN1_STRING_length(text)));
  }
  return found;
}

}  // namespace

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

std::vector<std::string> UriNames(X509* certificate) {
  return AlternativeNames(certificate, GEN_URI);
}

std::vector<std::string> DnsNames(X509* certificate) {
  std::vector<std::string> names = AlternativeNames(certificate, GEN_DNS);
  std::erase_if(names, [](const std::string& name) {
    return name.empty() || !std::all_of(name.begin(), name.end(),
                                        [](unsigned char c) { return c > ' ' && c < 0x7f; });
  });
  return names;
}

std::string PemOf(X509* certificate) {
  const BioPtr out(BIO_new(BIO_s_mem()));
  if (out == nullptr || PEM_write_bio_X509(out.get(), certificate) != 1) return "";
  return TextOf(out.get());
}

std::optional<WallTime> TimeOf(const ASN1_TIME* time) {
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  constexpr int64_t kSecond = 1'000'000'000;
  return WallTime{std::clamp<int64_t>(timegm(&parts), 0, INT64_MAX / kSecond) * kSecond};
}

}  // namespace faultline::tls
