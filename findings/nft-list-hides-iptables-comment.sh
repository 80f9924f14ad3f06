#!/usr/bin/env bash
# nft 1.0.6 does not show the comment of a rule that iptables-nft 1.8.9 wrote.
#
# `iptables -m comment --comment TEXT` (as Ansible, Puppet, Docker and kube-proxy write it) puts an xt match "comment" into
# the rule. `nft list ruleset`, text and JSON alike, leaves that match out: where it stands the text has two blanks.
# So the listed text is another rule than the one in the kernel, and a deletion that is made of it
# (`iptables -D INPUT -p tcp --dport 3306 -j DROP`) is refused: "Bad rule". The handle, which `nft -a` prints, removes it.
#
# Seen: nftables 1.0.6-2+deb12u2, iptables 1.8.9-2, Debian 12. Needs root (a network namespace of its own).
# Exits 0 while it is so, 1 when that has changed, 77 where it cannot be run.
set -euo pipefail
if [ "$(id -u)" != 0 ] || ! unshare --net true 2>/dev/null; then
  echo 'needs root and network namespaces'
  exit 77
fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -q nftables=1.0.6-2+deb12u2 libnftables1=1.0.6-2+deb12u2 iptables=1.8.9-2 libxtables12=1.8.9-2 \
  libnftnl11 libmnl0 libjansson4 >/dev/null
for package in *.deb; do dpkg -x "$package" root; done
libraries=$(dirname "$(find "$folder/root" -name 'libnftables.so.1' -print -quit)")
export LD_LIBRARY_PATH=$libraries XTABLES_LIBDIR=$libraries/xtables

unshare --net bash -euo pipefail -s <<'EOF'
nft() { root/usr/sbin/nft "$@"; }
iptables() { root/usr/sbin/xtables-nft-multi iptables "$@"; }
nft --version
iptables --version
iptables -A INPUT -p tcp --dport 3306 -m comment --comment 'closed by the night shift' -j DROP
echo '-- iptables -S INPUT:'
iptables -S INPUT | tail -n 1 | tee iptables.txt
echo '-- nft -a list chain ip filter INPUT:'
nft -a list chain ip filter INPUT | grep 3306 | tee nft.txt
grep -q 'night shift' iptables.txt
if grep -q 'night shift' nft.txt || nft -j list ruleset | grep -q 'night shift'; then
  echo 'CHANGED: nft shows the comment'
  exit 1
fi
if iptables -D INPUT -p tcp --dport 3306 -j DROP 2>refused.txt; then
  echo 'CHANGED: the text that nft lists is enough to delete the rule'
  exit 1
fi
echo '-- iptables -D, made of what nft lists:'
cat refused.txt
nft delete rule ip filter INPUT handle "$(sed -n 's/.*# handle //p' nft.txt)"
! iptables -S INPUT | grep -q 3306
echo 'By its handle it is gone.'
EOF
