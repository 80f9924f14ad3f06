"""The document of losses: its figures, and the log of a trial."""

import unittest

import pager_log
from losses import all_losses

LOSS = all_losses()["cable-pulled"]
DOCUMENT = ("# Pager logs\n\n<!-- written by `make lab-lost`: begin -->\nFIGURES OF BEFORE\n"
            "<!-- written by `make lab-lost`: end -->\n\n## Afterwards\n")


def record(host, said, wrong=()):
    def message(event, after_break, after_mend, text):
        return {"event": event, "severity": "critical", "after_break": after_break, "after_mend": after_mend, "text": text}

    return {"loss": "cable-pulled", "host": host, "first_ms": said, "said_ms": said, "resolved_ms": 900.0,
            "wrong": list(wrong), "ok": not wrong,
            "messages": [message("opened", said, None, f"CRITICAL: host {host}-1 is gone.\nSince: then"),
                         message("resolved", 15_900.0, 900.0, f"RESOLVED: host {host}-1 is well again.")]}


class PagerLog(unittest.TestCase):
    def test_a_log_has_each_message_with_its_time_and_the_mending_between(self):
        self.assertEqual(["  +0.000 s  -- app-1: cable pulled --",
                          "  +2.345 s  opened, critical",
                          "    CRITICAL: host app-1 is gone.",
                          "    Since: then",
                          " +15.000 s  -- mended --",
                          " +15.900 s  resolved, critical",
                          "    RESOLVED: host app-1 is well again."], pager_log.log(record("app", 2345.0)))

    def test_a_section_has_figures_of_each_host_and_how_many_were_wrong(self):
        text = pager_log.section(LOSS, [record("app", 1000.0), record("app", 3000.0, ["it was late"]), record("app", 2000.0)])
        self.assertIn("| app-1 | the message that says it, after the break | 3 of 3 | "
                      "1,000 ms | 2,000 ms | 3,000 ms | 3,000 ms |", text)
        self.assertIn("Told wrongly, doubled or not at all: 1 of 3.", text)
        self.assertIn("+1.000 s  opened", text, "the one in the middle of those that went as promised")

    def test_what_was_never_told_has_no_figures(self):
        never = {**record("app", 1.0, ["it was not told"]), "said_ms": None, "messages": []}
        self.assertIn("after the break | 0 of 1 |  |", pager_log.section(LOSS, [never]))

    def test_only_what_stands_between_the_marks_is_written(self):
        text = pager_log.put_into(DOCUMENT, all_losses(), {"cable-pulled": [record("db", 1.0)], "power-lost": []})
        self.assertNotIn("FIGURES OF BEFORE", text)
        self.assertTrue(text.startswith("# Pager logs\n") and text.endswith("\n## Afterwards\n"))
        self.assertIn("## A host's cable is pulled", text)
        self.assertNotIn("loses its power", text)
        self.assertEqual(text, pager_log.put_into(text, all_losses(), {"cable-pulled": [record("db", 1.0)]}))
        with self.assertRaises(ValueError):
            pager_log.put_into("# no marks", all_losses(), {})


if __name__ == "__main__":
    unittest.main()
