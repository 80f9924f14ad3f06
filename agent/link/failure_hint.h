// PURE: what to look at when nobody answered, by what gRPC says.
#pragma once

#include <string>

namespace faultline::link {

// gRPC's text as people may read it: that a name has no address, with the resolver's own last
// words; all others as they are.
std::string FailureText(const std::string& text);

// For the commonest ways that a call fails, "; is ...?", else empty. `address_field`: where the
// address is configured. `tls_hint` is given back for a handshake that failed: which check of a
// certificate it was cannot be told from OpenSSL's texts for sure.
std::string FailureHint(const std::string& text, const std::string& address_field,
                        const std::string& tls_hint);

}  // namespace faultline::link
