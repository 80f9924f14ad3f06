import os
import pathlib
import shutil
import stat
import subprocess
import tempfile
import unittest

import source_tree

SCRIPTS = source_tree.ROOT / "scripts"


def run(*command):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, stdin=subprocess.DEVNULL)


class Certificates(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.tls = pathlib.Path(self.folder.name) / "tls"

    def make(self, *arguments):
        return run(SCRIPTS / "make-certificates", *arguments)

    def extension(self, name, extensions):
        return run("openssl", "x509", "-in", self.tls / f"{name}.crt", "-noout", "-ext", extensions).stdout

    def test_say_who_each_host_is_and_chain_to_the_authority(self):
        made = self.make(self.tls, "shop", "prod", "app-1:app", "db-1:db")
        self.assertEqual(0, made.returncode, made.stderr)
        for name in ("collector", "app-1", "db-1"):
            verified = run("openssl", "verify", "-CAfile", self.tls / "ca.crt", self.tls / f"{name}.crt")
            self.assertEqual(0, verified.returncode, verified.stdout + verified.stderr)
        names = self.extension("db-1", "subjectAltName,extendedKeyUsage")
        self.assertIn("URI:faultline://shop/db-1?env=prod&role=db", names)
        self.assertIn("TLS Web Client Authentication", names)
        self.make(self.tls, "shop", "prod", "all:db,collector")
        names = self.extension("all", "subjectAltName")
        self.assertIn("URI:faultline://shop/all?env=prod&role=db&role=collector", names)
        names = self.extension("collector", "subjectAltName,extendedKeyUsage")
        self.assertIn("DNS:faultline-collector", names)
        self.assertIn("IP Address:127.0.0.1", names)
        self.assertIn("TLS Web Server Authentication", names)

    def test_keep_every_private_key_to_their_owner(self):
        self.make(self.tls, "shop", "prod", "db-1:db")
        keys = sorted(self.tls.glob("*.key"))
        self.assertEqual(["ca.key", "collector.key", "db-1.key"], [key.name for key in keys])
        for key in keys:
            self.assertEqual(0o600, stat.S_IMODE(os.stat(key).st_mode), key)

    def test_are_not_overwritten_unless_forced(self):
        self.make(self.tls, "shop", "prod", "db-1:db")
        before = (self.tls / "db-1.crt").read_text(), (self.tls / "ca.crt").read_text()
        refused = self.make(self.tls, "shop", "prod", "db-1:db")
        self.assertEqual(1, refused.returncode)
        self.assertIn("db-1.crt is there already", refused.stderr)
        self.assertEqual(before, ((self.tls / "db-1.crt").read_text(), (self.tls / "ca.crt").read_text()))
        self.assertEqual(0, self.make("--force", self.tls, "shop", "prod", "db-1:db").returncode)
        self.assertNotEqual(before[0], (self.tls / "db-1.crt").read_text())
        self.assertEqual(before[1], (self.tls / "ca.crt").read_text())

    def test_of_a_host_added_later_come_from_the_same_authority(self):
        self.make(self.tls, "shop", "prod", "db-1:db")
        collector = (self.tls / "collector.crt").read_text()
        self.assertEqual(0, self.make(self.tls, "shop", "prod", "db-2:db").returncode)
        self.assertEqual(collector, (self.tls / "collector.crt").read_text())
        self.assertEqual(0, run("openssl", "verify", "-CAfile", self.tls / "ca.crt", self.tls / "db-2.crt").returncode)

    def test_refuse_names_that_would_change_the_identity(self):
        for entry in ("db-1,URI:x:db", "db/1:db", "db-1:admin", "ca:db", "db-1&role=app:db", ":db", "db-1", "db-1:db,", "db-1:db,admin"):
            refused = self.make(self.tls, "shop", "prod", entry)
            self.assertEqual(2, refused.returncode, entry)
            self.assertIn("make-certificates:", refused.stderr)
        self.assertEqual(2, self.make(self.tls, "sh op", "prod", "db-1:db").returncode)
        self.assertFalse(self.tls.exists())

    def test_leave_nothing_behind_in_the_folder(self):
        self.make(self.tls, "shop", "prod", "db-1:db")
        self.assertEqual(
            ["ca.crt", "ca.key", "collector.crt", "collector.key", "db-1.crt", "db-1.key"],
            sorted(path.name for path in self.tls.iterdir()),
        )


class Stages(unittest.TestCase):
    """scripts/stages.sh, which every summary of tests rests on."""

    def stages(self, script):
        return run("bash", "-c", f"set -euo pipefail; . '{SCRIPTS}/stages.sh'; {script}")

    def last_line(self, script):
        return self.stages(script).stdout.strip().splitlines()[-1]

    def test_add_up_ctest_unittest_and_our_own_form(self):
        script = """
          stage one printf '%s\\n' ' 3/4 Test #3: a.b ....***Skipped   0.01 sec' '100% tests passed, 0 tests failed out of 4'
          stage two printf '%s\\n' 'Ran 5 tests in 0.1s' '' 'OK (skipped=2)'
          stage three printf '%s\\n' '7 passed, 0 failed, 1 skipped'
          stages_end"""
        self.assertEqual("13 passed, 0 failed, 4 skipped", self.last_line(script))

    def test_count_a_summary_inside_a_stage_once(self):
        script = """
          stage all printf '%s\\n' '100% tests passed, 0 tests failed out of 4' '4 passed, 0 failed, 0 skipped'
          stages_end"""
        self.assertEqual("4 passed, 0 failed, 0 skipped", self.last_line(script))

    def test_stop_at_the_first_stage_that_fails_and_say_so(self):
        result = self.stages("stage good true; stage bad false; stage never echo never; stages_end")
        self.assertEqual(1, result.returncode)
        self.assertNotIn("never", result.stdout)
        self.assertIn("bad (FAILED)", result.stdout)
        self.assertEqual("0 passed, 1 failed, 0 skipped", result.stdout.strip().splitlines()[-1])

    def test_count_a_stage_that_this_machine_cannot_run_as_skipped(self):
        self.assertEqual("0 passed, 0 failed, 1 skipped", self.last_line("stage lab bash -c 'exit 77'; stages_end"))

    def test_count_what_failed(self):
        ctest = "stage t bash -c \"echo '50% tests passed, 2 tests failed out of 4'; exit 8\""
        self.assertEqual("2 passed, 2 failed, 0 skipped", self.last_line(ctest))
        unittest_ = "stage t bash -c \"echo 'Ran 6 tests in 1s'; echo 'FAILED (failures=1, errors=2, skipped=1)'; exit 1\""
        self.assertEqual("2 passed, 3 failed, 1 skipped", self.last_line(unittest_))


class Configure(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.tree = pathlib.Path(folder.name)
        (self.tree / "scripts").mkdir()
        for name in ("configure", "debian-first.sh"):
            shutil.copy(SCRIPTS / name, self.tree / "scripts" / name)
        (self.tree / "CMakePresets.json").write_text(
            '{"version": 6, "configurePresets": [{"name": "dev", "generator": "Ninja", "binaryDir": "${sourceDir}/build/dev"}]}')
        self.write("")

    def write(self, body):
        (self.tree / "CMakeLists.txt").write_text(f"cmake_minimum_required(VERSION 3.25)\nproject(x LANGUAGES NONE)\n{body}\n")

    def configure(self):
        return run(self.tree / "scripts/configure", "dev")

    def test_says_nothing_where_all_is_well(self):
        for _ in range(2):
            done = self.configure()
            self.assertEqual((0, ""), (done.returncode, done.stdout + done.stderr))

    def test_forgets_what_a_build_folder_remembers_of_another_state(self):
        self.assertEqual(0, self.configure().returncode)
        self.write("if(WANTED STREQUAL old)\nmessage(FATAL_ERROR stale)\nendif()")
        with (self.tree / "build/dev/CMakeCache.txt").open("a") as cache:
            cache.write("WANTED:STRING=old\n")
        done = self.configure()
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn("configured anew", done.stdout)

    def test_asks_pkg_config_for_nothing_that_stands_on_abseil(self):
        # cmake/Re2.cmake: on Debian 13 each such question takes seconds, and CMake asks many.
        for file in [source_tree.ROOT / "CMakeLists.txt", *(source_tree.ROOT / "cmake").glob("*.cmake")]:
            self.assertNotRegex(file.read_text(encoding="utf-8"), r"(?i)pkg_check_modules\([^)]*\b(re2|absl\w*|protobuf|grpc\S*)\)")

    def test_tells_cmakes_own_words_where_nothing_helps(self):
        self.write("message(FATAL_ERROR no_such_library)")
        done = self.configure()
        self.assertEqual(1, done.returncode)
        self.assertIn("no_such_library", done.stderr)


if __name__ == "__main__":
    unittest.main()
