"""The signed apt repository, as docs/packages.md says to use it, in a booted host over file:."""

import shutil
import unittest

import images
import release_fixture
import workbench
from command import CommandFailed

KEY = "/etc/apt/keyrings/faultline.asc"
SOURCES = "/etc/apt/sources.list.d/faultline.sources"
_TEXT = f"""Types: deb
URIs: file:/srv/apt
Suites: stable
Components: main
Signed-By: {KEY}
"""


class Repository:
    """The tests; a class below says on which Debian."""

    suite = None

    @classmethod
    def setUpClass(cls):
        cls.release = release_fixture.published()
        cls.host = workbench.boot(f"apt-{cls.suite}", cls.suite)
        cls.host.write(SOURCES, _TEXT)

    def setUp(self):
        self.publish()

    def publish(self):
        apt = self.host.path("/srv/apt")
        shutil.rmtree(apt, ignore_errors=True)
        shutil.copytree(self.release / "apt", apt)
        self.host.write(KEY, (self.release / "faultline-archive-key.asc").read_text(encoding="ascii"))

    def update(self):
        """Reads our list anew; those of Debian are as the image has them, since there is no network."""
        return self.host.apt("update", "-o", f"Dir::Etc::sourcelist={SOURCES}", "-o", "Dir::Etc::sourceparts=-",
                             "-o", "APT::Get::List-Cleanup=0", "-o", "APT::Update::Error-Mode=any")

    def assert_refused(self, call, words):
        with self.assertRaises(CommandFailed) as failed:
            call()
        self.assertRegex(str(failed.exception), words)

    def test_1_another_ones_key_is_refused(self):
        home = release_fixture.throwaway_key(f"stranger-{self.suite}")
        self.host.write(KEY, release_fixture.gpg(home, "--export"))
        self.assert_refused(self.update, "NO_PUBKEY|not signed|[Mm]issing key|could.?n.t be verified")

    def test_2_a_changed_index_is_refused(self):
        for path in self.host.path("/srv/apt/dists/stable/main").rglob("Packages*"):
            path.write_bytes(path.read_bytes()[:-1] + b"!")
        self.assert_refused(self.update, "Hashes of expected file|unexpected size")

    def test_3_installs_with_what_it_depends_on(self):
        self.update()
        self.host.apt("install", "faultline-agent", "faultline-collector", "faultline-cli")
        for deb in workbench.packages():
            self.assertEqual("installed", self.host.package_state(deb.name))
            self.assertIn("file:/srv/apt stable/main", self.host.run("apt-cache", "policy", deb.name))

    def test_4_a_changed_package_is_refused(self):
        self.update()
        for path in self.host.path("/srv/apt/pool").rglob("faultline-cli_*.deb"):
            path.write_bytes(path.read_bytes()[:-1] + b"!")
        self.assert_refused(lambda: self.host.apt("install", "--reinstall", "faultline-cli"), "Hash Sum mismatch")


class OnDebian12(Repository, unittest.TestCase):
    suite = images.DEBIAN_12


class OnDebian13(Repository, unittest.TestCase):
    suite = images.DEBIAN_13


if __name__ == "__main__":
    unittest.main()
