"""checkov has nothing left to say that is not explained in one line beside what it speaks of."""

import json
import re
import subprocess
import unittest

import engine

SKIP = re.compile(r"#\s*checkov:skip=(\w+):(.*)$", re.MULTILINE)


@engine.needs_tools
class Checkov(unittest.TestCase):
    def test_finds_nothing_that_is_not_explained(self):
        run = subprocess.run([engine.CHECKOV, "--directory", engine.SOURCE, "--framework", "terraform", "--output", "json", "--compact",
                              "--skip-download"], capture_output=True, text=True, timeout=600, cwd=engine.SOURCE)
        report = json.loads(run.stdout)
        found = [f"{one['check_id']} {one['resource']} ({one['file_path']}): {one['check_name']}" for one in report["results"]["failed_checks"]]
        self.assertEqual([], found)
        # It did look: an empty folder would have nothing to say either.
        self.assertGreater(report["summary"]["passed"], 60, report["summary"])
        self.assertEqual(0, report["summary"]["parsing_errors"])
        self.assertEqual(0, run.returncode, run.stderr)

        skipped = {one["check_id"] for one in report["results"]["skipped_checks"]}
        explained = {check: reason for file in engine.SOURCE.rglob("*.tf") for check, reason in SKIP.findall(file.read_text())}
        self.assertEqual(set(explained), skipped, "an explanation that explains nothing: take it out")
        for check, reason in explained.items():
            self.assertRegex(reason, r"^[A-Z].{20,}\.$", check)


if __name__ == "__main__":
    unittest.main()
