"""The small pure parts: percentiles, YAML, names, the pager's books, user-data, the router's rules."""

import unittest

import faults
import names
import pager
import security_groups
import settings
import topology
import user_data
import yaml_text
from percentiles import percentile


class Percentiles(unittest.TestCase):
    def test_a_percentile_is_one_of_the_values(self):
        values = list(range(20, 0, -1))
        self.assertEqual([percentile(values, p) for p in (0, 50, 95, 99, 100)], [1, 10, 19, 20, 20])

    def test_no_values_have_no_percentile(self):
        self.assertIsNone(percentile([], 50))


class Yaml(unittest.TestCase):
    def test_nested_lists_and_maps_are_indented_and_strings_quoted(self):
        value = {"a": {"b": "x: y"}, "list": [{"k": "3306", "n": 1}, {"k": "z"}], "empty": []}
        self.assertEqual(yaml_text.dump(value), 'a:\n  b: "x: y"\nlist:\n  - k: "3306"\n    n: 1\n'
                                                '  - k: "z"\nempty: []\n')


class Names(unittest.TestCase):
    def test_only_an_id_makes_a_prefix(self):
        self.assertEqual(names.thing("0a1f", "db"), "fl-0a1f-db")
        for wrong in ("", "..", "0a1", "0a1g", "0a1f0", "*"):
            with self.assertRaises(ValueError):
                names.prefix(wrong)

    def test_a_host_is_found_by_both_of_its_names(self):
        self.assertIs(topology.find_host("db"), topology.find_host("db-1"))
        with self.assertRaises(KeyError):
            topology.find_host("web")


class PagersBooks(unittest.TestCase):
    def test_what_was_opened_and_not_resolved_is_open(self):
        told = [("opened", "a"), ("opened", "b"), ("updated", "b"), ("opened", "a"),
                ("resolved", "a"), ("resolved", "never opened")]
        messages = [{"body": {"event": event, "dedup_key": key}} for event, key in told]
        self.assertEqual(pager.open_keys(messages), ["b"])


class Registry(unittest.TestCase):
    def test_each_fault_is_typed_into_a_host_that_exists(self):
        self.assertIn("db-stop", faults.all_faults())
        for fault in faults.all_faults().values():
            topology.find_host(fault.host)
            self.assertEqual(fault.expected_events[-1], "resolved")


class UserData(unittest.TestCase):
    def test_of_every_host_is_the_template_filled_in(self):
        told = settings.Settings()
        for host in topology.HOSTS:
            text = user_data.render(host.role, told.of(host))
            self.assertTrue(text.startswith("#!/bin/bash\n"))
            self.assertTrue(text.endswith(f"exec bash /var/lib/faultline/user-data/{host.role}.sh\n"))
            self.assertNotIn("%{", text)
            for file in ("common.sh", f"{host.role}.sh"):
                self.assertEqual(1, text.count(f"user-data/{file} <<'END-OF"), file)

    def test_settings_hold_whatever_a_value_has_in_it(self):
        self.assertEqual("A='it'\\''s $x'\nB=''\n", user_data.settings_file({"B": "", "A": "it's $x"}))

    def test_every_lab_has_a_token_of_its_own(self):
        one, other = settings.new_token(), settings.new_token()
        self.assertRegex(one, r"^ftok\.[a-z2-7]{10}\.[a-z2-7]{26}$")
        self.assertNotEqual(one, other)


class SecurityGroups(unittest.TestCase):
    def lines(self, table=None):
        return security_groups.ruleset(table).splitlines()

    def test_the_database_admits_the_application_only(self):
        rules = [line for line in self.lines() if "3306" in line]
        self.assertEqual(len(rules), 1)
        self.assertIn(f"ip daddr {{ {topology.DB.address} }} ip saddr {{ {topology.APP.address} }}", rules[0])

    def test_every_rule_of_terraform_is_there_but_those_of_empty_variables(self):
        ruleset = security_groups.ruleset()
        for rule in security_groups.rules():
            self.assertEqual("ssh" not in rule["name"], f'comment "{rule["name"]}"' in ruleset, rule["name"])

    def test_a_rule_more_lets_more_through(self):
        more = {"name": "x", "group": "sg-db", "direction": "ingress", "protocol": "udp", "from_port": 53,
                "to_port": 54, "peer": "10.0.1.0/24"}
        self.assertIn(f"    ip daddr {{ {topology.DB.address} }} ip saddr 10.0.1.0/24 udp dport 53-54 accept "
                      'comment "x"', self.lines([more]))


if __name__ == "__main__":
    unittest.main()
