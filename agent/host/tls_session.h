// A TLS client without a socket: bytes in, bytes out. Verification is reported, it ends nothing.
// The one file of the agent that speaks OpenSSL's SSL for connections of its own is tls_session.cc.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace faultline::host {

struct TlsSettings {
  // A name (sent as SNI, RFC 6066) or a numeric address that the certificate must cover. Empty:
  // none is sent, none is checked.
  std::string server_name;
  std::string ca;  // PEM file of the only authorities to trust; empty: the system's
  // With `ca`: certificates in PEM that are trusted as well; what cannot be read of it is not.
  std::string also_trusted;
  std::string alpn;  // "http/1.1"; empty: not said
};

enum class TlsDoubtKind {
  kExpired,
  kNotYetValid,
  kWrongName,
  kSelfSigned,     // the served certificate is its own issuer and not trusted here
  kIssuerMissing,  // an issuer is neither served nor trusted here
  kUntrusted,      // the chain ends at an authority that is not trusted here
  kOther,          // `words` says it: a bad signature, a weak key, a wrong purpose
};

// One reason why verification fails.
struct TlsDoubt {
  TlsDoubtKind kind = TlsDoubtKind::kOther;
  int depth = 0;      // 0: the served certificate, 1: its issuer, ...
  std::string words;  // OpenSSL's (X509_verify_cert_error_string)
};

struct TlsFacts {
  std::string version;           // "TLSv1.3"
  std::vector<TlsDoubt> doubts;  // each kind once, as found; empty: verified. At most 8
  std::string chain;             // as served, PEM, the server's own first; at most 16 certificates
};

// Lives on one thread, performs no I/O but reading certificates of authorities in Create and
// Handshake.
class TlsSession {
 public:
  // InvalidArgument and other errors name the file of `ca` that cannot be used.
  static absl::StatusOr<std::unique_ptr<TlsSession>> Create(const TlsSettings& settings);
  virtual ~TlsSession() = default;

  enum class Step { kDone, kMore, kFailed, kClosed };

  virtual void Feed(std::string_view from_peer) = 0;
  // What must be sent to the peer now, also after a failure (an alert).
  virtual std::string TakeOutput() = 0;

  // kMore: needs bytes of the peer. Never kClosed.
  virtual Step Handshake() = 0;
  // After the handshake. kDone: `out` has new bytes (at most 16 KiB), ask again. kClosed: the peer
  // ended the session.
  virtual Step Read(std::string* out) = 0;
  virtual void Write(std::string_view plain) = 0;
  // Says good-bye; what is left to do is TakeOutput.
  virtual void Close() = 0;

  // After kFailed: OpenSSL's reason in words, for people.
  virtual const std::string& failure() const = 0;
  // After kFailed in the handshake: the server's signature does not fit the certificate that it
  // serves, so its private key is another one's.
  virtual bool key_mismatch() const = 0;
  // After the handshake.
  virtual TlsFacts Facts() const = 0;
};

}  // namespace faultline::host
