"""The small pure parts: percentiles, YAML, names, the pager's books, the router's rules."""

import unittest

import configuration
import faults
import names
import pager
import security_groups
import topology
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

    def test_every_host_has_an_agent_configuration(self):
        for host in topology.HOSTS:
            self.assertIn(f'role: "{host.role}"\n', yaml_text.dump(configuration.agent(host)))


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

    def test_the_database_admits_the_application_only(self):
        rules = [line for line in security_groups.ruleset().splitlines() if "3306" in line]
        self.assertEqual(len(rules), 1)
        self.assertIn(f"ip saddr {topology.APP.address} ip daddr {topology.DB.address}", rules[0])


if __name__ == "__main__":
    unittest.main()
