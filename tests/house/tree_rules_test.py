import pathlib
import subprocess
import tempfile
import unittest

import source_tree
import tree_rules


class TheTree(unittest.TestCase):
    def setUp(self):
        self.files = source_tree.files()

    def broken(self, rule):
        return [sentence for name in self.files for sentence in rule(name, source_tree.text(name))]

    def test_names_no_path_of_one_machine_and_no_registry(self):
        self.assertEqual([], self.broken(tree_rules.of_this_machine))

    def test_guards_every_header(self):
        self.assertEqual([], self.broken(tree_rules.header_guard))

    def test_tests_every_check(self):
        self.assertEqual([], tree_rules.check_without_test(self.files))

    def test_has_no_test_that_sleeps_or_is_switched_off(self):
        self.assertEqual([], self.broken(tree_rules.sleeping_or_disabled_test))

    def test_has_no_file_that_should_have_been_split(self):
        self.assertEqual([], self.broken(tree_rules.too_long))

    def test_has_scripts_that_run_and_that_shellcheck_accepts(self):
        self.assertEqual([], tree_rules.unexecutable_script(source_tree.ROOT, self.files))
        # A template is no script until it is filled in: tests/terraform looks at what comes of it.
        scripts = [name for name in self.files if source_tree.text(name).startswith(("#!/usr/bin/env bash", "#!/bin/bash"))
                   and not name.endswith(".tftpl")]
        self.assertIn("scripts/setup", scripts)
        self.assertIn("deploy/user-data/db.sh", scripts)
        result = subprocess.run(["shellcheck", "--severity=warning", "--shell=bash", "--external-sources", *scripts, "scripts/stages.sh"],
                                cwd=source_tree.ROOT, capture_output=True, text=True)
        self.assertEqual((0, ""), (result.returncode, result.stdout + result.stderr))


class TheCheckers(unittest.TestCase):
    def test_refuse_a_path_of_one_machine(self):
        for bad in ("/wo" + "rk/main/x", 'see "/ro' + 'ot/notes"', "cd /wo" + "rk", "a=/fa" + "rm/x"):
            self.assertEqual(1, len(tree_rules.of_this_machine("a.md", bad)), bad)
        for good in ("net/wo" + "rk/x", "/proc/1/ro" + "ot/run", "frame" + "work/", "${base}/ro" + "ot/etc", "the / root",
                     "HOME=/ro" + "ot", 'glob("*/ro' + 'ot")'):
            self.assertEqual([], tree_rules.of_this_machine("a.md", good), good)

    def test_refuse_a_registry(self):
        self.assertEqual(1, len(tree_rules.of_this_machine("a.sh", "curl https:/" + "/pyp" + "i.org/simple")))
        self.assertEqual([], tree_rules.of_this_machine("a.sh", "Deb" + "ian 12, http:/" + "/127.0.0.1:7480"))

    def test_refuse_a_header_without_guard(self):
        self.assertEqual(1, len(tree_rules.header_guard("a.h", "// words\n#include <string>\n")))
        self.assertEqual(1, len(tree_rules.header_guard("a.h", "#ifndef A_H\n#define B_H\n#endif\n")))
        self.assertEqual([], tree_rules.header_guard("a.h", "// words\n#pragma once\n"))
        self.assertEqual([], tree_rules.header_guard("a.h", "// words\n#ifndef A_H_\n#define A_H_\n#endif\n"))
        self.assertEqual([], tree_rules.header_guard("a.cc", "int x;\n"))

    def test_refuse_a_check_without_test(self):
        files = ["agent/checks/validate.cc", "agent/checks/port_check.cc", "agent/checks/unit_check.cc", "tests/agent/checks/unit_check_test.cc"]
        self.assertEqual(1, len(tree_rules.check_without_test(files)))
        self.assertIn("port_check", tree_rules.check_without_test(files)[0])

    def test_refuse_a_test_that_sleeps_or_is_switched_off(self):
        for bad in ("TEST(X, DIS" + "ABLED_Y) {", "std::this_thread::sleep" + "_for(1s);", "us" + "leep(10);"):
            self.assertEqual(1, len(tree_rules.sleeping_or_disabled_test("tests/a_test.cc", bad)), bad)
        self.assertEqual([], tree_rules.sleeping_or_disabled_test("agent/a.cc", "us" + "leep(10);"))

    def test_accept_the_pause_of_a_loop_with_a_deadline_only(self):
        polls = "while (!done()) {\n  if (Now() > deadline) return false;\n  sleep" + "_for(5ms);\n}\n"
        self.assertEqual([], tree_rules.sleeping_or_disabled_test("tests/a_test.cc", polls))
        for bad in (polls.replace("deadline", "noon"), polls.replace("while", "once")):
            self.assertEqual(1, len(tree_rules.sleeping_or_disabled_test("tests/a_test.cc", bad)), bad)

    def test_refuse_a_file_that_should_be_split(self):
        self.assertEqual(1, len(tree_rules.too_long("agent/a.cc", "\n" * 301)))
        self.assertEqual(1, len(tree_rules.too_long("tests/agent/a_test.cc", "\n" * 401)))
        self.assertEqual([], tree_rules.too_long("agent/a.cc", "\n" * 300))
        self.assertEqual([], tree_rules.too_long("tests/agent/a_test.cc", "\n" * 400))
        self.assertEqual([], tree_rules.too_long("web.html", "\n" * 999))

    def test_refuse_a_script_that_is_not_executable(self):
        with tempfile.TemporaryDirectory() as root:
            script = pathlib.Path(root) / "scripts" / "x"
            script.parent.mkdir()
            script.write_text("#!/bin/sh\n")
            script.chmod(0o644)
            self.assertEqual(1, len(tree_rules.unexecutable_script(root, ["scripts/x"])))
            script.chmod(0o755)
            self.assertEqual([], tree_rules.unexecutable_script(root, ["scripts/x"]))


if __name__ == "__main__":
    unittest.main()
