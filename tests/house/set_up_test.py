"""scripts/setup: what is there is not asked for, whoever brought it; what is not there is, whatever dpkg says."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import source_tree

SCRIPTS = source_tree.ROOT / "scripts"
GROUPS = ("run", "test", "tidy", "deb", "release", "lab", "fuzz", "browser", "fresh")
ROWS = [line.split(None, 3) for line in (SCRIPTS / "needs.txt").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")]
MULTIARCH = subprocess.run(["bash", "-c", f". '{SCRIPTS}/needs.sh'; echo $need_multiarch"], capture_output=True, text=True).stdout.strip()
LIBRARIES = f"usr/lib/{MULTIARCH}"


def packages_of(rows):
    """The first choice of each row, without repetition, in order."""
    return list(dict.fromkeys(name for row in rows for name in row[2].split("|")[0].split(",")))


class Machine:
    """A root, made of files of the tests' own, with an apt that installs nothing unless `brings` says what."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.root = self.folder / "root"
        (self.folder / "bin").mkdir()
        self.root.mkdir()
        self.brings = ""

    def write(self, path, text="x\n", mode=0o644):
        file = self.root / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)

    def program(self, path, says="version 99.1", status=0):
        self.write(path, f"#!/bin/sh\necho '{says}'\nexit {status}\n", 0o755)

    def has(self, need):
        kind, name = need.split(":", 1)
        name = name.partition(">=")[0]
        if kind == "command":
            self.program(name if "/" in name else f"usr/bin/{name}")
        elif kind == "cmake":
            self.write(f"{LIBRARIES}/cmake/{name}/{name}Config.cmake")
            self.write(f"{LIBRARIES}/cmake/{name}/{name}Targets.cmake", f'"${{_IMPORT_PREFIX}}/lib/{name}.a"\n')
            self.write(f"usr/lib/{name}.a")
        elif kind == "python":
            self.write(f"modules/{name}/__init__.py")
        else:
            self.write({"header": "usr/include/", "library": f"{LIBRARIES}/", "pkgconfig": f"{LIBRARIES}/pkgconfig/", "file": ""}[kind]
                       + name.replace("*", "x") + (".pc" if kind == "pkgconfig" else ""))

    def has_everything(self):
        for _, need, _, _ in ROWS:
            for each in need.replace("|", ",").split(","):
                self.has(each)
        # It knows the modules of this root alone.
        self.write("usr/bin/python3", f'#!/bin/sh\nexec env PYTHONPATH="{self.root}/modules" /usr/bin/python3 -S "$@"\n', 0o755)

    def lacks(self, path):
        (self.root / path).unlink()

    def set_up(self, *groups, lists=("dpkg", *packages_of(ROWS)), installed=()):
        """Runs it; returns how it ended and what it asked apt for."""
        asked = self.folder / "asked"
        asked.unlink(missing_ok=True)
        fakes = {
            "dpkg-query": f'case " {" ".join(installed)} " in *" ${{@: -1}} "*) printf installed ;; esac',
            "apt-cache": f'case " {" ".join(lists)} " in *" $2 "*) echo "$2 | 1" ;; esac',
            "apt-get": f'echo "$@" >>{asked}\n{self.brings}',
            "sudo": 'exec "$@"',
            "systemctl": "true",
        }
        for name, body in fakes.items():
            (self.folder / "bin" / name).write_text(f"#!/bin/bash\n{body}\n")
            (self.folder / "bin" / name).chmod(0o755)
        result = subprocess.run([SCRIPTS / "setup", *groups], capture_output=True, text=True, stdin=subprocess.DEVNULL, env={
            **os.environ, "PATH": f"{self.folder}/bin:/usr/bin:/bin", "FAULTLINE_SETUP_ROOT": str(self.root)})
        return result, asked.read_text() if asked.exists() else ""

    def asked(self, *groups, **state):
        """The packages that it would install."""
        words = self.set_up(*groups, **state)[1].splitlines()
        return re.sub(r"^.*--no-install-recommends ", "", words[-1]).split() if words else []


class SetUp(unittest.TestCase):
    def setUp(self):
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        self.machine = Machine(folder)

    def test_names_a_need_a_package_and_a_reason_in_every_row_and_refuses_unknown_groups(self):
        listed = subprocess.run([SCRIPTS / "setup", "--list", *GROUPS], capture_output=True, text=True)
        self.assertEqual(0, listed.returncode, listed.stderr)
        self.assertCountEqual(ROWS, [line.split(None, 3) for line in listed.stdout.splitlines()])
        self.assertTrue(all(len(row) == 4 and row[0] in GROUPS for row in ROWS), ROWS)
        for _, need, _, _ in ROWS:
            self.assertRegex(need, r"^((command|header|library|cmake|pkgconfig|python|file):[^,|:]+([,|]|$))+$")
        self.assertEqual(2, subprocess.run([SCRIPTS / "setup", "everything"], capture_output=True).returncode)

    def test_asks_for_every_package_where_nothing_is_there_and_says_why_first(self):
        result, asked = self.machine.set_up(*GROUPS)
        self.assertEqual(0, result.returncode, result.stderr)
        self.assertCountEqual(packages_of(ROWS), self.machine.asked(*GROUPS))
        before = result.stdout.partition("Reading the lists")[0]
        self.assertRegex(before, r"libsqlite3-dev +the collector's store: no sqlite3\.h\n")
        self.assertEqual(len({need for _, need, _, _ in ROWS}), len(before.splitlines()) - 1)

    def test_asks_for_nothing_where_all_needs_are_met_whatever_dpkg_says(self):
        self.machine.has_everything()
        result, asked = self.machine.set_up(*GROUPS)
        self.assertEqual((0, "", ""), (result.returncode, result.stdout + result.stderr, asked))

    def test_asks_for_the_package_of_a_need_that_is_not_met(self):
        for group, path, package in (
                ("run", "usr/bin/ninja", "ninja-build"),
                ("run", "usr/bin/protoc", "protobuf-compiler"),
                ("run", "usr/include/sqlite3.h", "libsqlite3-dev"),
                ("run", f"{LIBRARIES}/libprotobuf.a", "libprotobuf-dev"),
                ("run", f"{LIBRARIES}/pkgconfig/libsystemd.pc", "libsystemd-dev"),
                ("run", "usr/share/zoneinfo/Europe/Berlin", "tzdata"),
                ("test", f"{LIBRARIES}/cmake/GTest/GTestConfig.cmake", "libgtest-dev"),
                ("test", "usr/lib/GTest.a", "libgtest-dev"),
                ("test", "modules/flask/__init__.py", "python3-flask")):
            with self.subTest(path):
                self.machine.has_everything()
                self.machine.lacks(path)
                self.assertEqual([package], self.machine.asked(group))

    def test_asks_for_a_package_again_that_is_installed_and_does_not_bring_what_it_should(self):
        self.machine.has_everything()
        self.machine.write(f"{LIBRARIES}/cmake/GTest/GTestConfig.cmake", "")
        result, asked = self.machine.set_up("test", installed=("libgtest-dev",))
        self.assertIn("--reinstall libgtest-dev", asked.splitlines()[-1])
        self.assertIn("the packages are installed, and yet this is missing", result.stderr)
        self.assertIn("GoogleTest: no CMake package GTest", result.stderr)

    def test_lets_dpkg_ask_nothing(self):
        asked = self.machine.set_up("browser")[1].splitlines()[-1]
        self.assertIn("-o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold", asked)

    def test_looks_again_after_it_has_installed(self):
        self.machine.has_everything()
        self.machine.lacks("usr/include/sqlite3.h")
        self.machine.brings = f"case $* in *download-only*) ;; *' install '*) echo x >'{self.machine.root}/usr/include/sqlite3.h' ;; esac"
        result, _ = self.machine.set_up("run")
        self.assertEqual((0, ""), (result.returncode, result.stderr))

    def test_takes_a_command_of_usr_local_that_runs_and_is_new_enough(self):
        for path, says, status, asked in (
                ("cmake", "cmake version 3.31.2", 0, []), ("cmake", "cmake version 4.0", 0, []), ("cmake", "cmake version 3.25", 0, []),
                ("cmake", "cmake version 3.9.6", 0, ["cmake"]), ("cmake", "who knows", 0, ["cmake"]), ("cmake", "4.0", 1, ["cmake"]),
                ("ninja", "1.12", 0, []), ("ninja", "no module named ninja", 1, ["ninja-build"])):
            with self.subTest(path=path, says=says, status=status):
                self.machine.has_everything()
                self.machine.lacks(f"usr/bin/{path}")
                self.machine.program(f"usr/local/bin/{path}", says, status)
                self.assertEqual(asked, self.machine.asked("run"))

    def test_takes_the_debian_of_two_also_where_the_other_is_new_enough(self):
        self.machine.has_everything()
        self.machine.program("usr/bin/cmake", "cmake version 3.18")
        self.machine.program("usr/local/bin/cmake", "cmake version 3.31")
        self.assertEqual(["cmake"], self.machine.asked("run"))

    def test_takes_of_usr_local_nothing_that_goes_with_a_library_of_debian(self):
        self.machine.has_everything()
        for path in ("usr/bin/protoc", "usr/include/google/protobuf/message.h", f"{LIBRARIES}/libre2.so"):
            self.machine.lacks(path)
        self.machine.program("usr/local/bin/protoc")
        self.machine.write("usr/local/include/google/protobuf/message.h")
        self.machine.write("usr/local/lib/libre2.so")
        self.assertEqual(["protobuf-compiler", "libprotobuf-dev", "libre2-dev"], self.machine.asked("run"))

    def test_takes_a_module_that_python_finds_but_no_folder_of_its_name(self):
        self.machine.has_everything()
        shutil.rmtree(self.machine.root / "modules/flask")
        self.machine.write("modules/flask.py")
        self.assertEqual([], self.machine.asked("test"))
        self.machine.lacks("modules/flask.py")
        self.machine.write("modules/flask/readme")
        self.assertEqual(["python3-flask"], self.machine.asked("test"))

    def test_takes_another_browser_and_names_all_that_would_do(self):
        self.assertRegex(self.machine.set_up("browser")[0].stdout, r"page: no chromium; no chromium-browser; no google-chrome\n")
        self.machine.program("usr/bin/google-chrome")
        self.assertEqual([], self.machine.asked("browser"))

    def test_takes_the_clang_that_this_debian_has_with_its_runtime(self):
        for each in ("14", "19"):
            compiler = [f"clang-{each}", f"libclang-rt-{each}-dev"]
            self.assertEqual(compiler, self.machine.asked("fuzz", lists=("dpkg", *compiler)))
        self.machine.has("command:clang-19")
        self.machine.has(f"file:/usr/lib/llvm-19/lib/clang/19/lib/linux/libclang_rt.fuzzer-x86_64.a")
        self.assertEqual([], self.machine.asked("fuzz"))
        self.machine.lacks("usr/lib/llvm-19/lib/clang/19/lib/linux/libclang_rt.fuzzer-x86_64.a")
        self.assertEqual(["clang-14", "libclang-rt-14-dev"], self.machine.asked("fuzz"))

    def test_does_without_what_this_debian_has_not_and_asks_only_once(self):
        result, asked = self.machine.set_up("tidy", lists=("dpkg",))
        self.assertEqual((0, "", ""), (result.returncode, result.stdout + result.stderr, asked))
        result, asked = self.machine.set_up("tidy", lists=())
        self.assertEqual(0, result.returncode, result.stderr)
        self.assertIn("has no clang-tidy-14: done without", result.stdout)
        self.assertNotIn("install", asked)

    def test_names_a_package_that_is_needed_and_that_nobody_has(self):
        self.assertEqual(["clang-14", "libclang-rt-14-dev"], self.machine.asked("fuzz", lists=()))


if __name__ == "__main__":
    unittest.main()
