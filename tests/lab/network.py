"""The VPC: a router between two subnets and the world, all of it in network namespaces.

Every link is made inside the namespaces, so that nothing of it ever shows on the machine itself. Hosts of
one subnet, too, reach each other by way of the router, so that its rules hold there as in a VPC.
"""

import names
import security_groups
from command import run
from topology import HOSTS, OUTSIDE, SUBNETS


def create(lab_id):
    """Makes the router, its subnets and one namespace for each host."""
    router = names.thing(lab_id, names.ROUTER)
    run(["ip", "netns", "add", router])
    run(["ip", "-n", router, "link", "set", "lo", "up"])
    for subnet in SUBNETS:
        bridge = f"br-{subnet.name}"
        run(["ip", "-n", router, "link", "add", bridge, "type", "bridge"])
        run(["ip", "-n", router, "address", "add", f"{subnet.gateway}/{subnet.prefix_length}",
             "dev", bridge])
        run(["ip", "-n", router, "link", "set", bridge, "up"])
        # It answers for the other hosts of the subnet and passes on what comes, without a hint of a shorter way.
        for name, value in (("proxy_arp_pvlan", "1"), ("send_redirects", "0")):
            _set_kernel(router, f"conf/{bridge}/{name}", value)
    _set_kernel(router, "conf/all/send_redirects", "0")
    _set_kernel(router, "ip_forward", "1")
    run(["ip", "netns", "exec", router, "nft", "-f", "-"], input_text=security_groups.ruleset())
    for host in (*HOSTS, OUTSIDE):
        _attach(lab_id, router, host)


def remove(lab_id):
    """Removes every namespace of this lab, and with them its links."""
    prefix = names.prefix(lab_id)
    for line in run(["ip", "netns", "list"]).stdout.splitlines():
        name = line.split()[0] if line.split() else ""
        if name.startswith(prefix):
            run(["ip", "netns", "delete", name])


def cut(lab_id, source, destination):
    """The router drops everything between two hosts, as when their path is broken."""
    text = "".join(f"add rule inet faultline cuts ip saddr {one} ip daddr {other} drop\n"
                   for one, other in ((source.address, destination.address),
                                      (destination.address, source.address)))
    _router_nft(lab_id, text)


def cut_off(lab_id, host):
    """The router drops everything from and to that host, which cannot see it."""
    _router_nft(lab_id, f"add rule inet faultline cuts ip saddr {host.address} drop\n"
                        f"add rule inet faultline cuts ip daddr {host.address} drop\n")


def pull(lab_id, host):
    """The host's cable is out: it has no carrier."""
    run(["ip", "-n", names.thing(lab_id, names.ROUTER), "link", "set", host.name, "down"])


def plug(lab_id, host):
    """The host's cable is in again."""
    run(["ip", "-n", names.thing(lab_id, names.ROUTER), "link", "set", host.name, "up"])


def mend(lab_id):
    """Takes back every cut."""
    _router_nft(lab_id, "flush chain inet faultline cuts\n")


def allow(lab_id, source, destination, port):
    """One more rule in the security groups: `source` may connect to that port of `destination`."""
    _router_nft(lab_id, f"add rule inet faultline security_groups ip saddr {source.address} "
                        f"ip daddr {destination.address} tcp dport {port} accept\n")


def _router_nft(lab_id, text):
    router = names.thing(lab_id, names.ROUTER)
    run(["ip", "netns", "exec", router, "nft", "-f", "-"], input_text=text)


def _set_kernel(namespace, name, value):
    run(["ip", "netns", "exec", namespace, "tee", f"/proc/sys/net/ipv4/{name}"],
        input_text=f"{value}\n")


def _attach(lab_id, router, host):
    namespace = names.thing(lab_id, host.name)
    run(["ip", "netns", "add", namespace])
    run(["ip", "-n", router, "link", "add", host.name, "type", "veth",
         "peer", "name", "eth0", "netns", namespace])
    run(["ip", "-n", router, "link", "set", host.name, "master", f"br-{host.subnet.name}", "up"])
    run(["ip", "-n", router, "link", "set", host.name, "type", "bridge_slave", "isolated", "on"])
    run(["ip", "-n", namespace, "link", "set", "lo", "up"])
    run(["ip", "-n", namespace, "address", "add",
         f"{host.address}/{host.subnet.prefix_length}", "dev", "eth0"])
    run(["ip", "-n", namespace, "link", "set", "eth0", "up"])
    run(["ip", "-n", namespace, "route", "add", "default", "via", host.subnet.gateway])
