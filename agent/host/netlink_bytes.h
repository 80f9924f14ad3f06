// What every netlink message is made of (netlink(7)): structs and attributes, aligned to 4 bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

namespace faultline::host {

// Of one answer; the kernel's longest have some dozens.
inline constexpr int kMaxNetlinkDatagrams = 1000;
// Read in one turn of the loop, so that others get theirs.
inline constexpr int kMaxDatagramsPerTurn = 64;

// NLMSG_ALIGN, RTA_ALIGN, NLA_ALIGN.
inline size_t NetlinkAligned(size_t length) { return (length + 3) & ~size_t{3}; }

// The struct at the beginning of `bytes`; nullopt when they are too short.
template <typename T>
std::optional<T> ReadNetlink(std::span<const uint8_t> bytes) {
  if (bytes.size() < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data(), sizeof(T));
  return value;
}

}  // namespace faultline::host
