// Datagrams of sock_diag: the kernel's, but of versions that we have never seen.
// fuzz-sources: agent/host/sock_diag_parse.cc agent/host/endpoint.cc
// fuzz-sources: common/host_name.cc
#include "agent/host/sock_diag_parse.h"
#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace faultline;
  std::vector<host::ListeningSocket> sockets;
  const auto ended = host::ParseListeners({data, size}, 3306, &sockets);
  fuzz::Require(sockets.size() <= size / 16, "no more listeners than there are messages");
  for (const host::ListeningSocket& socket : sockets) {
    fuzz::Require(socket.port == 3306, "only the port that was asked for");
    socket.address.ToString();
  }
  return 0;
}
