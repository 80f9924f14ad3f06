"""What AWS refuses although no schema says so, and what it would answer: invented, but always the same."""

import hashlib
import re

ACCOUNT = "123456789012"
REGION = "us-east-1"
_ID_PREFIXES = {"aws_vpc": "vpc", "aws_subnet": "subnet", "aws_security_group": "sg", "aws_instance": "i", "aws_eip": "eipalloc",
                "aws_nat_gateway": "nat", "aws_internet_gateway": "igw", "aws_route_table": "rtb", "aws_network_interface": "eni"}
_RULE_WORDS = re.compile(r"[A-Za-z0-9. _\-:/()#,@\[\]+=&;{}!$*]{0,255}")
_count = 0


def complaints(kind, config, is_unknown):
    """Sentences about a resource's configuration; `is_unknown` tells values that are not known yet."""
    def value(name):
        return None if is_unknown(config.get(name)) else config.get(name)

    found = []
    if kind == "aws_security_group" and (value("name") or "").startswith("sg-"):
        found.append("the name of a security group cannot begin with sg-")
    if kind in ("aws_security_group", "aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule"):
        if not _RULE_WORDS.fullmatch(value("description") or ""):
            found.append(f"a description may not have these characters: {value('description')}")
    if kind in ("aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule"):
        names = ("cidr_ipv4", "cidr_ipv6", "prefix_list_id", "referenced_security_group_id")
        peers = [name for name in names if value(name) is not None]
        # `terraform validate` knows no peer yet: an unknown one may still turn out to be null.
        if len(peers) > 1 or not any(config.get(name) is not None for name in names):
            found.append(f"a rule has exactly one peer, not {peers}")
        if value("ip_protocol") == "-1" and (value("from_port") is not None or value("to_port") is not None):
            found.append("a rule for every protocol has no ports")
    if kind == "aws_instance" and config.get("primary_network_interface"):
        both = [name for name in ("subnet_id", "private_ip", "vpc_security_group_ids", "associate_public_ip_address") if config.get(name) is not None]
        if both:
            found.append(f"an instance with a primary network interface takes from it what {both} would say")
    return found


def answer(kind, config):
    """The computed values of a data source that anything looks at."""
    if kind == "aws_availability_zones":
        return {"names": [f"{REGION}{letter}" for letter in "abcdef"]}
    if kind == "aws_caller_identity":
        return {"account_id": ACCOUNT}
    if kind == "aws_partition":
        return {"partition": "aws", "dns_suffix": "amazonaws.com"}
    if kind == "aws_region":
        return {"region": REGION}
    if kind == "aws_ssm_parameter":
        image = "ami-0" + hashlib.sha256(config["name"].encode()).hexdigest()[:16]
        return {"value": image, "insecure_value": image, "type": "String"}
    raise KeyError(f"the stand-in has no answer for data source {kind}")


def inventor(kind):
    """A function (name, type) -> a value for one new resource."""
    global _count
    _count += 1
    number = int(hashlib.sha256(f"{kind} {_count}".encode()).hexdigest()[:12], 16)

    def invent(name, of_type):
        if name == "id":
            return f"{_ID_PREFIXES.get(kind, kind)}-{number:017x}"
        if name == "public_ip":
            return f"203.0.113.{_count % 250 + 1}"
        if of_type == "string":
            return f"{name}-{number:x}"
        return {"bool": False, "number": 0}.get(of_type) if isinstance(of_type, str) else ({} if of_type[0] == "map" else [])

    return invent
