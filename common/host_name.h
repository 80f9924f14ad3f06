// What a host may be called, in the configuration of both programs. Pure: nothing is resolved.
#pragma once

#include <string_view>

namespace faultline {

// A name that could be resolved, or an IPv4 address: labels of letters, digits, '-' and '_' between
// single dots (one may end it), at most 253 bytes. What ends in a number is an address or nothing
// (RFC 1123, 2.1): "999.1.1.1" and "10.1" are no names.
bool IsHostName(std::string_view text);

bool IsIpv4(std::string_view text);  // four numbers: "10.0.2.10"
bool IsIpv6(std::string_view text);  // without brackets and scope: "2001:db8::1"

}  // namespace faultline
