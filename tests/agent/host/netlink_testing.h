// Puts netlink messages together.
#pragma once

#include <linux/netlink.h>

#include <cstdint>
#include <vector>

namespace faultline::host {

using Bytes = std::vector<uint8_t>;

template <typename T>
void Append(Bytes* bytes, const T& value) {
  const auto* begin = reinterpret_cast<const uint8_t*>(&value);
  bytes->insert(bytes->end(), begin, begin + sizeof(value));
}

// With its header, and filled up to 4 bytes.
inline Bytes NetlinkMessage(uint16_t type, const Bytes& payload) {
  nlmsghdr header{};
  header.nlmsg_len = static_cast<uint32_t>(sizeof(header) + payload.size());
  header.nlmsg_type = type;
  Bytes out;
  Append(&out, header);
  out.insert(out.end(), payload.begin(), payload.end());
  while (out.size() % 4 != 0) out.push_back(0);
  return out;
}

}  // namespace faultline::host
