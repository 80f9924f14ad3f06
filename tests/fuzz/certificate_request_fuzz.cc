// fuzz-sources: collector/security/certificate_request.cc collector/security/digest.cc
// fuzz-libs: OpenSSL::Crypto
#include "collector/security/certificate_request.h"
#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using faultline::fuzz::Require;
  const std::string_view der = faultline::fuzz::AsText(data, size);
  const auto parsed = faultline::security::ParseCertificateRequest(der);
  if (!parsed.ok()) {
    Require(parsed.status().message().substr(0, 21) == "certificate_request: ",
            "an error names the field");
    return 0;
  }
  Require(size <= faultline::security::kMaxRequestBytes, "no larger request is taken");
  Require(parsed->key != nullptr && parsed->digest.size() == 64, "a request has a key");
  // Whatever is signed, this signature is not over that message.
  Require(!faultline::security::SignedBy(parsed->key.get(), "message", der),
          "no signature is free");
  return 0;
}
