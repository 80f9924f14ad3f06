// Datagrams of rtnetlink and nftables: the kernel's, but any process may send to a netlink socket.
// fuzz-sources: agent/host/route_message.cc agent/host/nftables_message.cc agent/host/endpoint.cc
// fuzz-sources: common/host_name.cc
#include "agent/host/nftables_message.h"
#include "agent/host/route_message.h"
#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace faultline;
  std::vector<host::RouteMessage> messages;
  host::ParseRouteMessages({data, size}, &messages).IgnoreError();
  // A message has at least a header of 16 bytes.
  fuzz::Require(messages.size() <= size / 16, "no more messages than there are bytes for");
  host::ParseGeneration({data, size});
  return 0;
}
