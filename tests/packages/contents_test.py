"""What lies in the package files: no host is needed to look at it."""

import gzip
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import workbench
from command import run

_PROGRAMS = {"faultline-agent": ("faultline-agent", 8), "faultline-collector": ("faultline-collector", 8),
             "faultline-cli": ("faultline", 1)}


class ThePackages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.trees = {}
        for deb in workbench.packages():
            tree = Path(cls.folder.name) / deb.name
            run(["dpkg-deb", "--raw-extract", deb.path, tree])
            cls.trees[deb.name] = tree

    def test_bring_a_man_page_that_tells_every_option(self):
        for package, (program, section) in _PROGRAMS.items():
            tree = self.trees[package]
            page = gzip.decompress((tree / f"usr/share/man/man{section}/{program}.{section}.gz").read_bytes()).decode()
            page = page.replace("\\-", "-")
            said = run([tree / f"usr/bin/{program}", "--help"],
                       env={"LD_LIBRARY_PATH": str(tree / "usr/lib/faultline"), "PATH": "/usr/bin:/bin"}).stdout
            options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", said))
            self.assertGreater(len(options), 2)
            self.assertEqual(set(), {each for each in options if each not in page}, program)

    def test_bring_completion_for_bash_and_fish_and_for_zsh_that_of_the_command(self):
        for package, (program, _) in _PROGRAMS.items():
            share = self.trees[package] / "usr/share"
            bash = share / f"bash-completion/completions/{program}"
            # It is really registered for the program, not only free of mistakes.
            said = run(["bash", "-c", f". '{bash}' && complete -p {program}"]).stdout
            self.assertIn(program, said)
            self.assertIn(program, (share / f"fish/vendor_completions.d/{program}.fish").read_text(encoding="utf-8"))
        zsh = self.trees["faultline-cli"] / "usr/share/zsh/vendor-completions/_faultline"
        self.assertTrue(zsh.read_text(encoding="utf-8").startswith("#compdef faultline"))

    def test_bring_their_documents_to_be_read_as_they_are(self):
        for package, tree in self.trees.items():
            doc = tree / "usr/share/doc" / package
            self.assertTrue((doc / "README.md").is_file(), package)
            self.assertTrue((doc / "docs/troubleshooting.md").is_file(), package)
            self.assertEqual([], [str(path) for path in doc.rglob("*.md.gz")])
        for name in ("agent", "collector"):
            self.assertTrue((self.trees[f"faultline-{name}"] / f"usr/share/doc/faultline-{name}/docs/configuration.md").is_file())

    def test_bring_the_rules_that_watch_the_watcher(self):
        rules = self.trees["faultline-collector"] / "usr/share/doc/faultline-collector/examples/faultline.rules.yaml"
        self.assertIn("faultline_store_up", rules.read_text(encoding="utf-8"))

    def test_depend_on_the_library_of_each_distribution_by_its_own_name_first(self):
        control = (self.trees["faultline-agent"] / "DEBIAN/control").read_text(encoding="utf-8")
        self.assertRegex(control, r"libcares2[^,|]*\| libc-ares2")  # else Debian 13 brings its empty package too

    def test_mark_as_configuration_only_what_they_bring_below_etc(self):
        for package, tree in self.trees.items():
            brought = {f"/{path.relative_to(tree)}" for path in (tree / "etc").rglob("*") if path.is_file()}
            conffiles = tree / "DEBIAN/conffiles"
            self.assertEqual(brought, set(conffiles.read_text().split()) if conffiles.exists() else set(), package)

    def test_have_nothing_that_lintian_refuses(self):
        if not shutil.which("lintian"):
            self.skipTest("lintian is not installed")
        done = subprocess.run(["lintian", "--fail-on", "error,warning", *(deb.path for deb in workbench.packages())],
                              capture_output=True, text=True, check=False)
        self.assertEqual((0, ""), (done.returncode, done.stdout))


if __name__ == "__main__":
    unittest.main()
