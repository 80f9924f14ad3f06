"""The table of security-group rules is well-formed for all who read it: Terraform, and the lab's router."""

import ipaddress
import json
import re
import unittest

import engine

TABLE = json.loads((engine.SOURCE / "modules/security_groups/rules.json").read_text())
FIELDS = ["name", "group", "direction", "protocol", "from_port", "to_port", "peer", "description"]


class TheTable(unittest.TestCase):
    def test_has_rows_of_one_form(self):
        for rule in TABLE["rules"]:
            with self.subTest(rule=rule.get("name")):
                self.assertEqual(FIELDS, list(rule))
                self.assertIn(rule["group"], TABLE["groups"])
                self.assertIn(rule["direction"], ("ingress", "egress"))
                self.assertRegex(rule["description"], r"^[A-Za-z0-9. _\-:/()#,@\[\]+=&;{}!$*]{1,255}$")   # what AWS takes
                if rule["protocol"] == "-1":
                    self.assertEqual((None, None), (rule["from_port"], rule["to_port"]))
                elif rule["protocol"] == "icmp":
                    self.assertEqual((8, -1), (rule["from_port"], rule["to_port"]))   # echo request, any code
                else:
                    self.assertTrue(rule["protocol"] in ("tcp", "udp") and 0 < rule["from_port"] <= rule["to_port"] < 65536)

    def test_names_each_rule_once(self):
        names = [rule["name"] for rule in TABLE["rules"]]
        self.assertEqual(sorted(set(names)), sorted(names))

    def test_has_peers_that_are_a_group_a_variable_or_a_range(self):
        given = set(re.findall(r"^ +(\w+) += var\.\w+$", (engine.SOURCE / "stack/main.tf").read_text(), re.MULTILINE))
        for rule in TABLE["rules"]:
            peer = rule["peer"]
            if peer.startswith("var."):
                self.assertIn(peer[len("var."):], given)
            elif peer.startswith("sg-"):
                self.assertIn(peer, TABLE["groups"])
            else:
                ipaddress.ip_network(peer)

    def test_lets_only_the_application_into_the_database(self):
        peers = {rule["peer"] for rule in TABLE["rules"] if rule["group"] == "sg-db" and rule["direction"] == "ingress" and rule["from_port"] != 22}
        self.assertEqual({"sg-flask"}, peers)

    def test_opens_the_port_where_the_collector_listens(self):
        listens = re.search(r'listen_agents = "0\.0\.0\.0:(\d+)"', (engine.ROOT / "collector/config/config.h").read_text())
        opened = {rule["from_port"] for rule in TABLE["rules"] if rule["name"].startswith("collector-agent-")}
        self.assertEqual({int(listens[1])}, opened)


if __name__ == "__main__":
    unittest.main()
