#!/usr/bin/env bash
# gRPC's own resolver (c-ares, the default on Linux) does not connect to a name that stands in /etc/hosts while the DNS
# server is silent, though getaddrinfo(3) knows its address at once.
#
# The name has an IPv4 address in /etc/hosts; c-ares asks the name server for its IPv6 address all the same, and gRPC holds
# back what it has until that question is given up. GRPC_DNS_RESOLVER=native, which asks getaddrinfo, connects at once. So a
# client that is configured by a name in /etc/hosts, in order not to depend on DNS, does depend on it.
#
# Seen: grpcio 1.51.3 (the core that Debian 12 has): not connected after 12 s, natively after 0.0 s.
# grpcio 1.85.3 gives up after 11 s. Exits 0 while it is so, 1 when that has changed.
# Needs root: an own network namespace, in which the silent name server is, and mount namespace.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet install grpcio==1.51.3

cat >"$folder/connect.py" <<'EOF'
import os
import socket
import time
from concurrent import futures

import grpc

silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
silent.bind(("127.0.0.1", 53))
server = grpc.server(futures.ThreadPoolExecutor(2))
port = server.add_insecure_port("127.0.0.1:0")
server.start()
began = time.monotonic()
address = socket.getaddrinfo("collector.example", port, type=socket.SOCK_STREAM)[0][4][0]
print("getaddrinfo:", address, f"after {time.monotonic() - began:.1f} s")
began = time.monotonic()
try:
    grpc.channel_ready_future(grpc.insecure_channel(f"collector.example:{port}")).result(timeout=8)
    print("connected", f"after {time.monotonic() - began:.1f} s")
except grpc.FutureTimeoutError:
    print("not connected after 8 s")
os._exit(0)
EOF

cat >"$folder/both.sh" <<'EOF'
set -euo pipefail
ip link set lo up
printf 'nameserver 127.0.0.1\n' >"$1/resolv.conf"
printf '127.0.0.1 localhost collector.example\n' >"$1/hosts"
mount --bind "$1/resolv.conf" /etc/resolv.conf
mount --bind "$1/hosts" /etc/hosts
for resolver in ares native; do
  printf '%s: ' "$resolver"
  GRPC_DNS_RESOLVER=$resolver "$1/venv/bin/python" "$1/connect.py" | tr '\n' ' '
  printf '\n'
done
EOF

seen=$(unshare --mount --net bash "$folder/both.sh" "$folder")
printf '%s\n' "$seen"
grep -q '^ares: getaddrinfo: 127.0.0.1 after 0.* not connected after 8 s' <<<"$seen" &&
  grep -Eq '^native: getaddrinfo: 127.0.0.1 after 0.* connected after [01]\.' <<<"$seen" || exit 1
