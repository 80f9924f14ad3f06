// This process's own connections to a peer, found by looking: for sockets that a library opened and
// does not show, so that the loop can watch them and end what hangs.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "agent/host/fd.h"

namespace faultline::host {

// "10.0.2.10:3306" as FormatEndpoint writes it, or the absolute path of a unix socket.
using PeerName = std::string;

// The cookies (SO_COOKIE, unique while the host runs) of all our sockets connected to `peer`.
// Thread-safe; reads /proc/self/fd.
std::set<uint64_t> ConnectionsTo(const PeerName& peer);

// A duplicate of the one connection to `peer` that is not in `known`. Invalid when there is none,
// or more than one: then nobody can tell which is meant. The connection stays open until the
// duplicate is closed too. Thread-safe.
Fd DuplicateNewConnection(const PeerName& peer, const std::set<uint64_t>& known);

// Whether the peer's host has acknowledged all that was written to this TCP connection; nullopt
// when it is none. A program that is stopped does not matter: its kernel acknowledges.
std::optional<bool> IsAllAcknowledged(int fd);

// 0 when it is no socket.
uint64_t SocketCookie(int fd);

}  // namespace faultline::host
