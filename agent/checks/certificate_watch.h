// The certificate check at work: watches the file, completes a handshake with the server now and
// then, reports. What it means is in certificate_served.h.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/checks/address_lookup.h"
#include "agent/checks/certificate_served.h"
#include "agent/checks/check.h"
#include "agent/checks/renewed_trust.h"
#include "agent/host/endpoint.h"
#include "agent/host/path_watch.h"
#include "agent/host/tls_handshake.h"

namespace faultline::checks {

struct CertificateOptions {
  std::string path;                      // empty: only the served one
  std::optional<host::HostPort> served;  // absent: only the file
  std::string served_name;               // SNI; empty: from the file, `hostnames` or `served`
  std::vector<std::string> hostnames;
  std::string renewal;  // certbot's configuration or its folder; empty: not looked at
  std::string ca;
  Span interval;  // between looks without a reason; with `served` between handshakes
  CertificateExpectation expected;
};

class CertificateWatch : public Check {
 public:
  CertificateWatch(CertificateOptions options, const CheckContext& context);

  void Start() override;
  void LookNow(std::function<void()> done) override;

 private:
  void OnFileEvent();
  void Look(bool shake_hands);
  bool ReadFile();
  WallTime FileChange(bool first) const;
  void ShakeHands();
  void Shake(const host::IpAddress& address);
  void OnHandshake(const host::HandshakeResult& result);
  void OnNotReached(const std::string& why);
  std::string ServerName() const;
  void Conclude();

  const CertificateOptions options_;
  const CheckContext context_;
  std::optional<AddressLookup> lookup_;
  RenewedTrust trust_;
  host::IpAddress address_;
  std::string endpoint_;  // "127.0.0.1:443"

  CertificateLooks looks_;
  std::string file_fingerprint_;  // of the last good read
  bool shaking_ = false;
  bool soon_again_ = false;                     // the server was not reached
  std::vector<std::function<void()>> waiting_;  // asked to look now

  std::unique_ptr<host::TlsHandshake> handshake_;
  std::unique_ptr<host::PathWatch> watch_;
  std::unique_ptr<host::LoopSource> debounce_;
  std::unique_ptr<host::LoopSource> next_;
};

}  // namespace faultline::checks
