// Numbers in a packet: most significant byte first. The caller has checked that the bytes are
// there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace faultline::host {

inline uint16_t Read16(std::span<const uint8_t> bytes, size_t at) {
  return static_cast<uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}
inline uint32_t Read32(std::span<const uint8_t> bytes, size_t at) {
  return uint32_t{Read16(bytes, at)} << 16 | uint32_t{Read16(bytes, at + 2)};
}
inline void Write16(uint8_t* out, uint16_t value) {
  out[0] = static_cast<uint8_t>(value >> 8);
  out[1] = static_cast<uint8_t>(value);
}
inline void Write32(uint8_t* out, uint32_t value) {
  Write16(out, static_cast<uint16_t>(value >> 16));
  Write16(out + 2, static_cast<uint16_t>(value));
}

}  // namespace faultline::host
