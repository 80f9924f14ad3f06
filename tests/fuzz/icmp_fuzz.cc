// Echo replies and quoted requests: any host that reaches us may write them.
// fuzz-sources: agent/host/icmp_packet.cc
#include "agent/host/icmp_packet.h"

#include <sys/socket.h>

#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace faultline;
  const std::span<const uint8_t> packet(data, size);
  const std::span<const uint8_t> inner = host::StripIpv4Header(packet);
  fuzz::Require(inner.size() <= size, "a header is only taken away");
  for (const int family : {AF_INET, AF_INET6}) {
    host::ParseEchoReply(family, packet);
    host::ParseEchoReply(family, inner);
    host::ParseQuotedEcho(family, packet);
  }
  return 0;
}
