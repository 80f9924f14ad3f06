"""What the variant usr-local puts into /usr/local would break whatever takes it."""

import pathlib
import subprocess
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent


class UsrLocal(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        subprocess.run([HERE / "usr-local", folder.name], check=True)
        cls.local = pathlib.Path(folder.name) / "usr/local"

    def test_has_headers_that_do_not_compile(self):
        for header in ("google/protobuf/message.h", "absl/status/statusor.h", "gtest/gtest.h", "openssl/configuration.h"):
            done = subprocess.run(["/usr/bin/g++", "-fsyntax-only", self.local / "include" / header], capture_output=True, text=True)
            self.assertIn(f"{header} of /usr/local is of another version", done.stderr)

    def test_has_packages_of_cmake_that_refuse(self):
        for name in ("absl", "gRPC", "GTest", "Protobuf"):
            done = subprocess.run(["cmake", "-P", self.local / f"lib/cmake/{name}/{name}Config.cmake"], capture_output=True, text=True)
            self.assertEqual(1, done.returncode)
            self.assertIn(f"{name} of /usr/local was taken", done.stderr)

    def test_has_a_cmake_that_is_too_old(self):
        # Only asked, not run: on a machine of that variant a run would be told.
        said = subprocess.run([self.local / "bin/cmake", "--version"], capture_output=True, text=True).stdout
        self.assertEqual("cmake version 3.10.2\n", said)


if __name__ == "__main__":
    unittest.main()
