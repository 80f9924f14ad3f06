// A certificate file, and what is concluded from it.
// fuzz-sources: agent/checks/certificate_file.cc agent/checks/certificate_judge.cc
// fuzz-sources: agent/host/endpoint.cc common/text.cc common/clock.cc common/tls/certificate.cc
// fuzz-sources: common/host_name.cc
// fuzz-libs: OpenSSL::SSL OpenSSL::Crypto
#include "agent/checks/certificate_file.h"
#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace faultline;
  const auto facts = checks::ParseCertificates(std::string(fuzz::AsText(data, size)),
                                               {"app.example.com", "10.0.1.5"});
  if (facts.ok()) {
    checks::JudgeCertificate(*facts, checks::CertificateLimits{.require_chain = true},
                             WallTime{1'800'000'000'000'000'000});
  }
  return 0;
}
