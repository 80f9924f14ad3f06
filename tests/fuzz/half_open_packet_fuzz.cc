// Packets from raw sockets: any host that reaches us may write them.
// fuzz-sources: agent/host/half_open_packet.cc agent/host/endpoint.cc agent/host/tcp_answer.cc
// fuzz-sources: common/host_name.cc
#include "agent/host/half_open_packet.h"

#include <algorithm>

#include "tests/fuzz/fuzz_input.h"

namespace {

faultline::host::IpAddress Address(faultline::fuzz::Taker& taker, int family) {
  faultline::host::IpAddress address;
  address.family = family;
  const auto bytes = taker.Bytes(family == AF_INET ? 4 : 16);
  std::copy(bytes.begin(), bytes.end(), address.bytes.begin());
  return address;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace faultline;
  fuzz::Taker taker(data, size);
  const int family = taker.Byte() % 2 == 0 ? AF_INET : AF_INET6;
  host::SynSent syn;
  syn.source = Address(taker, family);
  syn.target = Address(taker, family);
  syn.source_port = static_cast<uint16_t>(taker.Byte() << 8 | taker.Byte());
  syn.target_port = static_cast<uint16_t>(taker.Byte() << 8 | taker.Byte());
  syn.sequence = static_cast<uint32_t>(taker.Byte()) << 24 | taker.Byte();
  host::BuildSyn(syn);
  const auto packet = taker.Rest();
  host::ParseTcpAnswer(packet, syn.target, syn);
  if (family == AF_INET) {
    host::ParseIpv4TcpAnswer(packet, syn);
    host::ParseIpv4IcmpError(packet, syn);
  } else {
    host::ParseIcmpv6Error(packet, syn.target, syn);
  }
  return 0;
}
