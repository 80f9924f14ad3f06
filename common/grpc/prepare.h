// What a program does before gRPC starts.
#pragma once

namespace faultline {

// Only TLS 1.3: gRPC 1.51 has no setter for it; a list of ciphers that no TLS 1.2 suite matches
// does it. Abseil's search for lock orders that could deadlock is off: in Debian's build it is on
// and costs every lock of gRPC (a fifth of an idle collector). gRPC's own log lines go to ours, at
// most 20 a minute: anyone who reaches a port can cause them. Names are resolved as the whole
// system does it (getaddrinfo), unless GRPC_DNS_RESOLVER says otherwise: gRPC's own way asks a DNS
// server also for a name that /etc/hosts has, and waits for a dead one. Call first in main(),
// before any thread.
void PrepareGrpc();

// gRPC's own lines are not for who has typed a command: its answer says what failed. After
// PrepareGrpc.
void SilenceGrpc();

}  // namespace faultline
