"""What scripts/test-fresh takes; the machines themselves are not made here."""

import pathlib
import re
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def test_fresh(*arguments):
    return subprocess.run([ROOT / "scripts/test-fresh", *arguments], capture_output=True, text=True)


def variants():
    return re.findall(r"^  ([a-z0-9-]+) ", test_fresh("--help").stdout.partition("Variants:")[2], re.MULTILINE)


class TheVariants(unittest.TestCase):
    def test_are_named_where_one_is_unknown(self):
        done = test_fresh("--variant", "debian-2")
        self.assertEqual(2, done.returncode)
        self.assertIn('no variant "debian-2"', done.stderr)
        self.assertIn("sudo-user", done.stderr)

    def test_are_taken_by_whole_names(self):
        for name in ("", "pla", "plain bookworm", ".*"):
            self.assertEqual(2, test_fresh("--variant", name).returncode, name)
        self.assertEqual(2, test_fresh("--variant").returncode)

    def test_are_the_only_rows_of_the_page(self):
        rows = re.findall(r"^\| `([a-z0-9-]+)` \|", (ROOT / "docs/fresh.md").read_text(encoding="utf-8"), re.MULTILINE)
        self.assertEqual([name for name in variants() if name in rows], rows)


if __name__ == "__main__":
    unittest.main()
