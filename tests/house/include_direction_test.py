import re
import unittest

import include_direction
import source_tree


class TheTree(unittest.TestCase):
    def test_each_layer_includes_only_what_stands_above_it(self):
        sources = source_tree.sources()
        self.assertGreater(len(sources), 0)
        self.assertEqual([], include_direction.problems(sources))

    def test_keeps_the_order_that_the_architecture_tells(self):
        told = re.findall(r"^\| `((?:agent|collector)/(?:\w+/)?)` \|", source_tree.text("ARCHITECTURE.md"), re.MULTILINE)
        told = [folder.rstrip("/") for folder in told]
        self.assertGreater(len(told), 10)
        order = include_direction.AGENT + include_direction.COLLECTOR
        self.assertEqual([layer for layer in order if layer in told], told)


class TheChecker(unittest.TestCase):
    def problems(self, path, text):
        return include_direction.problems({path: text})

    def assert_refused(self, path, include):
        self.assertEqual(1, len(self.problems(path, f"#include {include}\n")), f"{path} {include}")

    def assert_allowed(self, path, include):
        self.assertEqual([], self.problems(path, f"#include {include}\n"), f"{path} {include}")

    def test_refuses_a_layer_below(self):
        self.assert_refused("agent/host/files.h", '"agent/checks/check.h"')
        self.assert_refused("collector/model/host.h", '"collector/store/store.h"')
        self.assert_refused("collector/notify/outbox.cc", '"collector/collector.h"')

    def test_allows_a_layer_above_and_the_same(self):
        self.assert_allowed("agent/checks/unit_check.cc", '"agent/host/bus.h"')
        self.assert_allowed("agent/checks/unit_check.cc", '"agent/checks/check.h"')
        self.assert_allowed("collector/collector.cc", '"collector/http/server.h"')
        self.assert_allowed("cli/main.cc", '"common/text.h"')

    def test_keeps_the_programs_apart(self):
        self.assert_refused("agent/agent.cc", '"collector/model/host.h"')
        self.assert_refused("collector/ingest/service.cc", '"agent/link/link.h"')
        self.assert_refused("cli/status.cc", '"collector/operator/status.h"')

    def test_keeps_common_free_of_programs_and_of_the_wire(self):
        self.assert_refused("common/state.h", '"agent/host/files.h"')
        self.assert_refused("common/state.h", '"faultline/v1/check.pb.h"')

    def test_keeps_rules_pure(self):
        for include in ("<grpcpp/grpcpp.h>", "<sqlite3.h>", "<boost/asio.hpp>", '"faultline/v1/check.pb.h"',
                        "<mutex>", "<thread>", "<fstream>", '"common/mutex.h"', "<unistd.h>", "<sys/socket.h>"):
            self.assert_refused("collector/rules/unit_rule.cc", include)
            self.assert_refused("collector/diagnosis/stopped.cc", include)
        self.assertEqual(1, len(self.problems("collector/rules/a.cc", "auto t = std::chrono::steady_clock::now();\n")))
        for include in ("<string>", "<chrono>", '"common/state.h"', '"collector/model/host.h"', '"absl/strings/str_cat.h"'):
            self.assert_allowed("collector/rules/unit_rule.cc", include)

    def test_refuses_an_unknown_folder(self):
        self.assertEqual(1, len(self.problems("collector/misc/thing.h", "")))
        self.assert_refused("collector/http/server.cc", '"collector/misc/thing.h"')

    def test_refuses_tests_in_a_program_and_paths_that_are_not_from_the_root(self):
        self.assert_refused("agent/agent.cc", '"tests/fakes/fake_host.h"')
        self.assert_refused("agent/agent.cc", '"agent.h"')

    def test_leaves_tests_alone(self):
        self.assert_allowed("tests/collector/rules/rules_test.cc", '"collector/store/store.h"')


if __name__ == "__main__":
    unittest.main()
