"""What the example makes in AWS: applied with a real Terraform to the stand-in's world, where every id is known."""

import unittest

import engine
from engine import Workspace


def setUpModule():
    global workspace, stack, collector
    if not engine.TOOLS_ARE_THERE:
        return
    workspace = Workspace()
    unittest.addModuleCleanup(workspace.close)
    collector = workspace.apply("collector", {})
    stack = workspace.apply("stack", collector.outputs["stack_tfvars"])


def rules(world, direction="ingress"):
    return world.all(f"aws_vpc_security_group_{direction}_rule")


@engine.needs_tools
class TheRoutes(unittest.TestCase):
    def route(self, world, subnet):
        table = world.one("aws_route_table_association", subnet_id=subnet["id"])["route_table_id"]
        return world.one("aws_route", route_table_id=table, destination_cidr_block="0.0.0.0/0")

    def test_lead_from_the_public_subnet_to_the_internet_gateway(self):
        subnet = collector.one("aws_subnet")
        self.assertEqual("10.0.1.0/24", subnet["cidr_block"])
        self.assertEqual(collector.one("aws_internet_gateway")["id"], self.route(collector, subnet)["gateway_id"])

    def test_lead_from_the_private_subnet_to_the_nat_gateway_and_nowhere_else(self):
        subnet = stack.one("aws_subnet")
        self.assertEqual("10.0.2.0/24", subnet["cidr_block"])
        route = self.route(stack, subnet)
        self.assertEqual(stack.one("aws_nat_gateway")["id"], route["nat_gateway_id"])
        self.assertEqual("", route["gateway_id"] or "")

    def test_leave_by_an_elastic_ip_of_a_nat_gateway_in_the_public_subnet(self):
        gateway = stack.one("aws_nat_gateway")
        self.assertEqual(collector.one("aws_subnet")["id"], gateway["subnet_id"])
        self.assertEqual(stack.named("aws_eip", "shop-prod-nat-us-east-1a")["id"], gateway["allocation_id"])


@engine.needs_tools
class TheGroups(unittest.TestCase):
    def setUp(self):
        self.flask = stack.named("aws_security_group", "sg-flask")["id"]
        self.db = stack.named("aws_security_group", "sg-db")["id"]
        self.watcher = collector.named("aws_security_group", "sg-collector")["id"]

    def seen(self, group, world=None):
        """{(protocol, from, to, peer)} of what the group lets in."""
        return {(one["ip_protocol"], one["from_port"], one["to_port"], one["referenced_security_group_id"] or one["cidr_ipv4"])
                for one in rules(world or stack) if one["security_group_id"] == group}

    def test_let_mysql_and_echo_into_the_database_from_the_application_only(self):
        self.assertEqual({("tcp", 3306, 3306, self.flask), ("icmp", 8, -1, self.flask)}, self.seen(self.db))

    def test_let_the_world_see_the_site_and_one_address_use_ssh(self):
        self.assertEqual({("tcp", 443, 443, "203.0.113.0/24"), ("tcp", 80, 80, "0.0.0.0/0"),
                          ("tcp", 22, 22, "198.51.100.25/32")}, self.seen(self.flask))

    def test_let_both_hosts_reach_the_collector_for_agents_and_enrolment(self):
        self.assertEqual({("tcp", port, port, peer) for port in (7443, 7444) for peer in (self.flask, self.db)},
                         self.seen(self.watcher))
        self.assertEqual(set(), self.seen(self.watcher, collector))

    def test_let_every_host_out(self):
        out = {one["security_group_id"]: (one["ip_protocol"], one["from_port"], one["cidr_ipv4"])
               for one in rules(stack, "egress") + rules(collector, "egress")}
        self.assertEqual({group: ("-1", None, "0.0.0.0/0") for group in (self.flask, self.db, self.watcher)}, out)

    def test_close_the_default_group(self):
        closed = collector.one("aws_default_security_group")
        self.assertEqual(([], []), (closed["ingress"], closed["egress"]))

    def test_are_tracked_as_resources_of_their_own(self):
        for group in stack.all("aws_security_group") + collector.all("aws_security_group"):
            self.assertEqual(([], []), (group["ingress"], group["egress"]), group["name"])


@engine.needs_tools
class TheHosts(unittest.TestCase):
    WHERE = {"shop-prod-app-1": "10.0.1.10", "shop-prod-db-1": "10.0.2.10", "shop-prod-collector-1": "10.0.1.20"}

    def instances(self):
        return stack.all("aws_instance") + collector.all("aws_instance")

    def test_are_three(self):
        self.assertEqual(set(self.WHERE), {one["tags"]["Name"] for one in self.instances()})

    def test_answer_metadata_by_version_2_only_and_encrypt_their_disks(self):
        for one in self.instances():
            self.assertEqual(("required", 1), (one["metadata_options"][0]["http_tokens"], one["metadata_options"][0]["http_put_response_hop_limit"]))
            self.assertTrue(one["root_block_device"][0]["encrypted"])

    def test_stand_where_the_runbook_puts_them(self):
        public, private = collector.one("aws_subnet")["id"], stack.one("aws_subnet")["id"]
        for world, name, subnet, group in ((stack, "app-1", public, "sg-flask"), (stack, "db-1", private, "sg-db"),
                                           (collector, "collector-1", public, "sg-collector")):
            interface = world.named("aws_network_interface", f"shop-prod-{name}")
            self.assertEqual([self.WHERE[f"shop-prod-{name}"]], interface["private_ips"])
            self.assertEqual(subnet, interface["subnet_id"])
            self.assertEqual([world.named("aws_security_group", group)["id"]], interface["security_groups"])
            instance = world.named("aws_instance", f"shop-prod-{name}")
            self.assertEqual(interface["id"], instance["primary_network_interface"][0]["network_interface_id"])

    def test_have_a_public_address_but_for_the_database(self):
        for world, name, count in ((stack, "app-1", 1), (stack, "db-1", 0), (collector, "collector-1", 1)):
            interface = world.named("aws_network_interface", f"shop-prod-{name}")["id"]
            self.assertEqual(count, len(world.all("aws_eip", network_interface=interface)), name)
        for subnet in stack.all("aws_subnet") + collector.all("aws_subnet"):
            self.assertFalse(subnet["map_public_ip_on_launch"])

    def test_may_be_reached_by_session_manager_and_nothing_else_of_aws(self):
        for world, count in ((stack, 2), (collector, 1)):
            policies = [one["policy_arn"] for one in world.all("aws_iam_role_policy_attachment")]
            self.assertEqual(["arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"] * count, policies)


@engine.needs_tools
class TheOutputs(unittest.TestCase):
    def test_have_the_names_of_the_runbook(self):
        self.assertEqual("10.0.2.10", stack.outputs["private_instance_private_ip"])
        application = stack.named("aws_network_interface", "shop-prod-app-1")["id"]
        address = stack.one("aws_eip", network_interface=application)["public_ip"]
        self.assertRegex(address, r"^203\.0\.113\.\d+$")
        self.assertEqual(address, stack.outputs["public_instance_public_ip"])


if __name__ == "__main__":
    unittest.main()
