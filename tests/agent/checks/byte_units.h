// Sizes in table tests.
#pragma once

#include <cstdint>

namespace faultline::checks {

inline constexpr uint64_t kMiB = uint64_t{1} << 20;
inline constexpr uint64_t kGiB = uint64_t{1} << 30;

}  // namespace faultline::checks
