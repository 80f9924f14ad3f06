"""What `make release` leaves, looked at as somebody who downloads it would."""

import json
import tarfile
import unittest

import release_fixture
import workbench
from command import run


class ARelease(unittest.TestCase):
    def setUp(self):
        self.folder = release_fixture.published()
        self.version = workbench.packages()[0].version

    def test_is_whole_by_its_signed_sums(self):
        run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=self.folder)
        listed = {line.split(None, 1)[1] for line in (self.folder / "SHA256SUMS").read_text().splitlines()}
        present = {str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file()}
        # The index of the repository is signed by itself.
        self.assertEqual({"SHA256SUMS", "SHA256SUMS.asc"},
                         {path for path in present - listed if not path.startswith("apt/dists/")})
        keyring = workbench.folder() / "publisher.gpg"
        run(["gpg", "--dearmor", "--batch", "--yes", "--output", keyring, self.folder / "faultline-archive-key.asc"])
        index = self.folder / "apt/dists/stable"
        for signature, signed in ((self.folder / "SHA256SUMS.asc", [self.folder / "SHA256SUMS"]),
                                  (index / "Release.gpg", [index / "Release"]), (index / "InRelease", [])):
            run(["gpgv", "--keyring", keyring, signature, *signed])

    def test_has_the_tar_that_user_data_installs_from(self):
        with tarfile.open(self.folder / f"faultline-{self.version}-amd64.tar") as tar:
            members = tar.getmembers()
        self.assertEqual({deb.path.name for deb in workbench.packages()}, {each.name for each in members})
        self.assertEqual({(0, 0, 0o644)}, {(each.uid, each.gid, each.mode) for each in members})

    def test_says_what_is_in_the_packages(self):
        document = json.loads((self.folder / f"faultline-{self.version}.spdx.json").read_text(encoding="utf-8"))
        ids = {each["SPDXID"] for each in document["packages"]}
        self.assertEqual(len(ids), len(document["packages"]))
        links = {(each["spdxElementId"], each["relationshipType"], each["relatedSpdxElement"])
                 for each in document["relationships"]}
        self.assertLessEqual({end for one, _, other in links for end in (one, other)}, ids | {"SPDXRef-DOCUMENT"})
        for program, kind, package in (
                ("agent", "STATIC_LINK", "libgrpc-dev"), ("agent", "STATIC_LINK", "libmysqlcppconn-dev"),
                ("agent", "DYNAMIC_LINK", "libssl3"), ("collector", "STATIC_LINK", "libprotobuf-dev"),
                ("collector", "DYNAMIC_LINK", "libsqlite3-0"),
                ("collector", "CONTAINS", "libprometheus-cpp-core1.0"), ("cli", "DYNAMIC_LINK", "libcurl4")):
            self.assertIn((f"SPDXRef-faultline-{program}", kind, f"SPDXRef-deb-{package}"), links)
        # Boost.Beast and CLI11 are nowhere to be linked: their headers are in the programs.
        for header in ("libcli11-dev", "libboost1.74-dev"):
            self.assertIn((f"SPDXRef-deb-{header}", "BUILD_DEPENDENCY_OF", "SPDXRef-faultline-collector"), links)
        for package in document["packages"]:
            self.assertTrue(package["versionInfo"] and package["externalRefs"][0]["referenceLocator"], package)

    def test_is_not_made_without_the_publishers_key(self):
        home = workbench.folder() / "gnupg-empty"
        home.mkdir(mode=0o700, exist_ok=True)
        for key, words in (("", "FAULTLINE_SIGNING_KEY is not set"), ("nobody@example.org", "has no secret key")):
            refused = release_fixture.release(home, key)
            self.assertEqual(2, refused.returncode)
            self.assertIn(words, refused.stderr)
        self.assertTrue((self.folder / "SHA256SUMS").exists())  # What was there before is left alone.


if __name__ == "__main__":
    unittest.main()
