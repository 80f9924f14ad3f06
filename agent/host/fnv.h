// FNV-1a, 64 bits: stable over releases and machines, for fingerprints and file names; not for
// anything that an attacker must not be able to make collide.
#pragma once

#include <cstdint>
#include <string_view>

namespace faultline::host {

inline constexpr uint64_t kFnvStart = 14695981039346656037ULL;

inline uint64_t Fnv1a(std::string_view bytes, uint64_t hash = kFnvStart) {
  for (const char c : bytes) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 1099511628211ULL;
  }
  return hash;
}

}  // namespace faultline::host
