"""Debian's programs, headers and libraries are taken, whatever else this machine has."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import source_tree

CMAKE = source_tree.ROOT / "cmake/DebianFirst.cmake"


def sourced(command, **environment):
    """What `command` prints after scripts/debian-first.sh."""
    return subprocess.run(["bash", "-c", f". scripts/debian-first.sh; {command}"], cwd=source_tree.ROOT, text=True,
                          capture_output=True, env={**os.environ, **environment}).stdout.strip()


class Environment(unittest.TestCase):
    def test_has_debians_programs_first(self):
        with tempfile.TemporaryDirectory() as other:
            (pathlib.Path(other) / "python3").write_text("#!/bin/false\n")
            (pathlib.Path(other) / "python3").chmod(0o755)
            found = sourced("command -v python3", PATH=f"{other}:{os.environ['PATH']}")
        self.assertIn(found, ("/usr/bin/python3", "/bin/python3"))

    def test_points_no_tool_elsewhere(self):
        for name in ("CXX", "CXXFLAGS", "CPATH", "LIBRARY_PATH", "LD_LIBRARY_PATH", "PKG_CONFIG_PATH", "PYTHONPATH", "CMAKE_TOOLCHAIN_FILE"):
            self.assertEqual("", sourced(f"printf %s \"${{{name}:-}}\"", **{name: "/elsewhere"}), name)


class Headers(unittest.TestCase):
    """The compiler's own order is kept here: what lies before the foreign folder, that folder, Debian's two."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        for each in ("compiler", "local", "multiarch", "include"):
            (self.folder / each).mkdir()

    def has(self, directory, *headers, text=None):
        for header in headers:
            file = self.folder / directory / header
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text or f"from_{directory}\n")

    def mirrors(self):
        order = ";".join(str(self.folder / each) for each in ("compiler", "local", "multiarch", "include"))
        script = self.folder / "mirror.cmake"
        script.write_text(f'cmake_minimum_required(VERSION 3.25)\ninclude({CMAKE})\nfaultline_mirror_headers(found {self.folder}/mirror "{self.folder}/local" "{order}")\n'
                          'message("${found}")\n')
        done = subprocess.run(["cmake", "-P", script], capture_output=True, text=True)
        self.assertEqual(0, done.returncode, done.stderr)
        return [each for each in done.stderr.strip().split(";") if each]

    def included(self, header):
        """The words of `header` as the compiler finds it."""
        source = self.folder / "source.cc"
        source.write_text(f"#include <{header}>\n")
        order = [each for directory in ("compiler", "local", "multiarch", "include") for each in ("-idirafter", self.folder / directory)]
        mirrored = [each for directory in self.mirrors() for each in ("-isystem", directory)]
        done = subprocess.run(["/usr/bin/g++", "-E", "-P", "-nostdinc", *mirrored, *order, source], capture_output=True, text=True)
        return done.stdout.split() if done.returncode == 0 else done.stderr

    def test_are_not_mirrored_where_nothing_is_foreign(self):
        self.has("include", "absl/a.h", "stdio.h")
        self.assertEqual([], self.mirrors())
        self.has("local", "other/b.h")
        self.assertEqual([], self.mirrors())

    def test_come_from_debian_where_both_have_them(self):
        self.has("local", "absl/a.h", "zlib.h", "curl/curl.h")
        self.has("include", "absl/a.h", "zlib.h")
        self.has("multiarch", "curl/curl.h")
        self.assertEqual(["from_include"], self.included("absl/a.h"))
        self.assertEqual(["from_include"], self.included("zlib.h"))
        self.assertEqual(["from_multiarch"], self.included("curl/curl.h"))

    def test_come_from_both_folders_of_debian_where_a_library_has_two(self):
        self.has("local", "openssl/ssl.h", "openssl/configuration.h")
        self.has("include", "openssl/ssl.h", text="#include <openssl/configuration.h>\nfrom_include\n")
        self.has("multiarch", "openssl/configuration.h")
        self.assertEqual(["from_multiarch", "from_include"], self.included("openssl/ssl.h"))

    def test_of_the_compiler_still_lead_on_to_the_next(self):
        self.has("local", "stdlib.h", "absl/a.h")
        self.has("include", "stdlib.h", "absl/a.h")
        self.has("compiler", "stdlib.h", text="from_compiler\n#include_next <stdlib.h>\n")
        self.assertEqual("from_compiler", self.included("stdlib.h")[0])

    def test_are_mirrored_anew_when_the_foreign_ones_are_gone(self):
        self.has("local", "absl/a.h")
        self.has("include", "absl/a.h")
        self.assertEqual(1, len(self.mirrors()))
        shutil.rmtree(self.folder / "local/absl")
        self.assertEqual([], self.mirrors())


if __name__ == "__main__":
    unittest.main()
