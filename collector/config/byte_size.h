// Sizes in a configuration: "512MiB", "2GiB". Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace faultline::config {

// A whole number of KiB, MiB, GiB or TiB; nullopt for everything else and for more than 1024 TiB.
std::optional<int64_t> ParseByteSize(std::string_view text);

// With the largest unit that is exact.
std::string FormatByteSize(int64_t bytes);

}  // namespace faultline::config
