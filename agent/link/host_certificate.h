// PURE: what a certificate or an authority from outside is, and whether it may be believed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "agent/link/host_key.h"
#include "common/clock.h"
#include "common/identity.h"
#include "common/tls/pem_files.h"

namespace faultline::link {

// One certificate, DER, of at most 64 KiB and nothing behind it. InvalidArgument: it is none.
absl::StatusOr<tls::X509Ptr> ParseDer(std::string_view der);
// All certificates of a PEM text in their order, at most 16. InvalidArgument: there is none, or one
// that cannot be read.
absl::StatusOr<std::vector<tls::X509Ptr>> ParsePem(std::string_view pem);

// Between two hosts whose clocks are kept.
inline constexpr Span kClockSlack = Span::Seconds(300);

struct Life {
  WallTime not_before;
  WallTime not_after;
};
absl::StatusOr<Life> LifeOf(X509* certificate);

// InvalidArgument: it is no authority's certificate (CA, signed by itself). Unavailable: by this
// host's clock it does not hold yet, or no more; the text asks for the clock.
absl::Status CheckAuthority(X509* authority, WallTime now);

// Whether `chain` (the host's first) leads to one of `authorities`, for a client of TLS, whatever
// the dates say. InvalidArgument says what OpenSSL found.
absl::Status CheckChain(const std::vector<tls::X509Ptr>& chain,
                        const std::vector<tls::X509Ptr>& authorities);

// SHA-256 over the DER form, "AB:CD:...": what people compare.
std::string Fingerprint(X509* certificate);

// The faultline:// identity of a host's certificate. InvalidArgument: it has none, or two.
absl::StatusOr<HostIdentity> IdentityOf(X509* certificate);

// Whether `chain` (the host's first) is what a collector should have answered: of our key, signed
// by one of `authorities`, for a client of TLS, with an identity whose host is `host`.
// InvalidArgument says what is wrong. Unavailable: only the dates are wrong, so that a clock which
// is set later makes it good.
absl::Status CheckHostCertificate(const std::vector<tls::X509Ptr>& chain,
                                  const std::vector<tls::X509Ptr>& authorities, const HostKey& key,
                                  const std::string& host, WallTime now);

}  // namespace faultline::link
