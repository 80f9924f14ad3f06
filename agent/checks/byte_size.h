// Sizes as people write and read them: PURE.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace faultline::checks {

// "512", "500KiB", "20 GiB", "1.5TiB" in bytes; nullopt for anything else and for what does not fit
// into 63 bits. Powers of 1024 only, so that nobody has to guess.
std::optional<uint64_t> ParseByteSize(std::string_view text);

// "1.6 GiB", "40 GiB", "512 B": two digits or three.
std::string FormatByteSize(uint64_t bytes);

}  // namespace faultline::checks
