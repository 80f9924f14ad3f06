// Hashes and comparisons of secrets. Pure, but for RandomBytes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace faultline::security {

// 32 bytes.
std::string Sha256(std::string_view bytes);
std::string HmacSha256(std::string_view key, std::string_view bytes);

// In a time that does not depend on where they differ. Texts of different lengths differ at once.
bool SecretsEqual(std::string_view a, std::string_view b);

// Lower-case hexadecimal digits, and back; text that is none of that gives "".
std::string Hex(std::string_view bytes);
std::string FromHex(std::string_view digits);

// From the kernel's generator by OpenSSL. Aborts when there is none: nothing would be secret.
std::string RandomBytes(size_t count);

}  // namespace faultline::security
