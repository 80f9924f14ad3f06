"""How the two roots live together: what is made where, what a destroy takes, and how to do with one root or two zones."""

import json
import unittest

import engine
from engine import HANDED_OVER, Failed, Workspace, World

ALONE = {"enable_collector": False}


def setUpModule():
    global workspace
    if not engine.TOOLS_ARE_THERE:
        return
    workspace = Workspace()
    unittest.addModuleCleanup(workspace.close)


def planned(root, variables):
    return World(workspace.plan(root, variables)["planned_values"])


@engine.needs_tools
class AStackWithACollector(unittest.TestCase):
    def test_is_destroyed_without_anything_of_the_collector(self):
        collector = workspace.apply("collector", {})
        handed_over = collector.outputs["stack_tfvars"]
        # As the README says it: one command of the collector's root writes the file that the stack reads by itself.
        written = workspace.run("collector", "output", "-json", "stack_tfvars")
        self.assertEqual(handed_over, json.loads(written))
        workspace.apply("stack", handed_over)
        self.addCleanup(workspace.forget, "stack")

        changes = workspace.plan("stack", handed_over, "-destroy")["resource_changes"]
        destroyed = [change for change in changes if change["change"]["actions"] == ["delete"]]
        self.assertGreater(len(destroyed), 25)
        theirs = {one["id"] for kind in ("aws_vpc", "aws_subnet", "aws_internet_gateway", "aws_security_group", "aws_instance",
                                         "aws_network_interface", "aws_eip", "aws_route_table") for one in collector.all(kind)}
        self.assertEqual([], [change["address"] for change in destroyed if change["change"]["before"].get("id") in theirs])
        # The rules between both are the stack's and go with it: nothing is left that names a group that is gone.
        self.assertEqual(4, sum("collector-" in change["address"] for change in destroyed))

        self.assertEqual({("no-op",)}, {tuple(change["change"]["actions"]) for change in workspace.plan("collector", {})["resource_changes"]})

    def test_makes_no_network_of_its_own(self):
        stack = planned("stack", HANDED_OVER)
        self.assertEqual([], stack.all("aws_vpc") + stack.all("aws_internet_gateway"))
        self.assertEqual(["10.0.2.0/24"], [one["cidr_block"] for one in stack.all("aws_subnet")])

    def test_says_what_to_do_when_the_collector_was_not_handed_over(self):
        with self.assertRaises(Failed) as refused:
            workspace.plan("stack", {"colocate_collector": True, "db_password_parameter": None})
        said = " ".join(str(refused.exception).split())
        self.assertIn("Apply it first, then: terraform -chdir=../collector output -json stack_tfvars", said)
        self.assertIn("set enable_collector = false with it", said)
        self.assertIn("Set either db_password or db_password_parameter", said)
        self.assertEqual(3, said.count("Error:"), said)


@engine.needs_tools
class AStackAlone(unittest.TestCase):
    def test_is_the_runbook_in_one_root(self):
        stack = planned("stack", ALONE)
        self.assertEqual(["10.0.0.0/16"], [one["cidr_block"] for one in stack.all("aws_vpc")])
        self.assertEqual({"10.0.1.0/24", "10.0.2.0/24"}, {one["cidr_block"] for one in stack.all("aws_subnet")})
        self.assertEqual({"sg-flask", "sg-db"}, {one["tags"]["Name"] for one in stack.all("aws_security_group")})
        ports = {one["from_port"] for one in stack.all("aws_vpc_security_group_ingress_rule")}
        self.assertEqual({443, 80, 22, 3306, 8}, ports)

    def test_can_have_the_collector_on_the_application_host(self):
        stack = workspace.apply("stack", {**ALONE, "colocate_collector": True})
        self.addCleanup(workspace.forget, "stack")
        flask = stack.named("aws_security_group", "sg-flask")["id"]
        db = stack.named("aws_security_group", "sg-db")["id"]
        opened = {(one["security_group_id"], one["from_port"]) for one in stack.all("aws_vpc_security_group_ingress_rule", referenced_security_group_id=db)}
        self.assertEqual({(flask, 7443), (flask, 7444)}, opened)
        self.assertEqual(2, len(stack.all("aws_instance")))


@engine.needs_tools
class TwoZones(unittest.TestCase):
    ZONES = ["us-east-1b", "us-east-1c"]

    def test_keep_the_collector_apart_from_the_stack(self):
        collector = workspace.apply("collector", {"availability_zones": self.ZONES})
        self.addCleanup(workspace.forget, "collector")
        subnets = {one["availability_zone"]: one for one in collector.all("aws_subnet")}
        self.assertEqual({"us-east-1b": "10.0.1.0/24", "us-east-1c": "10.0.3.0/24"}, {zone: one["cidr_block"] for zone, one in subnets.items()})
        interface = collector.one("aws_network_interface")
        self.assertEqual((subnets["us-east-1c"]["id"], ["10.0.3.20"]), (interface["subnet_id"], interface["private_ips"]))

        stack = planned("stack", {**collector.outputs["stack_tfvars"], "nat_gateway_per_zone": True})
        self.assertEqual({"us-east-1b": "10.0.2.0/24", "us-east-1c": "10.0.4.0/24"},
                         {one["availability_zone"]: one["cidr_block"] for one in stack.all("aws_subnet")})
        self.assertEqual({one["id"] for one in subnets.values()}, {one["subnet_id"] for one in stack.all("aws_nat_gateway")})
        hosts = stack.named("aws_network_interface", "shop-prod-app-1"), stack.named("aws_network_interface", "shop-prod-db-1")
        self.assertEqual([["10.0.1.10"], ["10.0.2.10"]], [host["private_ips"] for host in hosts])

    def test_share_one_nat_gateway_unless_asked(self):
        stack = workspace.apply("stack", {**ALONE, "availability_zones": self.ZONES})
        self.addCleanup(workspace.forget, "stack")
        gateway = stack.one("aws_nat_gateway")
        self.assertEqual([gateway["id"]] * 2, [one["nat_gateway_id"] for one in stack.all("aws_route") if one["nat_gateway_id"]])


@engine.needs_tools
class TheImage(unittest.TestCase):
    def parameters(self, **variables):
        plan = workspace.plan("stack", {**HANDED_OVER, **variables})
        return World(plan["prior_state"]["values"]).data("aws_ssm_parameter"), World(plan["planned_values"]).all("aws_instance")

    def test_is_debian_12_unless_asked(self):
        parameters, instances = self.parameters()
        self.assertEqual({"/aws/service/debian/release/12/latest/amd64"}, {one["name"] for one in parameters})
        self.assertEqual({one["value"] for one in parameters}, {one["ami"] for one in instances})

    def test_may_be_ubuntu_and_follows_the_processor(self):
        parameters, _ = self.parameters(operating_system="ubuntu-24.04", mysql_instance_type="t4g.small")
        base = "/aws/service/canonical/ubuntu/server/24.04/stable/current"
        self.assertEqual({f"{base}/amd64/hvm/ebs-gp3/ami-id", f"{base}/arm64/hvm/ebs-gp3/ami-id"}, {one["name"] for one in parameters})

    def test_may_be_a_certain_one(self):
        parameters, instances = self.parameters(ami_id="ami-0123456789abcdef0")
        self.assertEqual(([], {"ami-0123456789abcdef0"}), (parameters, {one["ami"] for one in instances}))


if __name__ == "__main__":
    unittest.main()
