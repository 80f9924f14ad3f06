"""What was told of a loss, held against what is promised."""

import unittest

import loss_judge
from losses import all_losses

LOSSES = all_losses()
MS = 1_000_000


def message(event, at_ms, title, *, severity="critical", reason="HOST_GONE", incident=1):
    return {"arrived_ns": at_ms * MS, "body": {"event": event, "severity": severity, "reason": reason, "title": title,
                                               "text": f"{title}\nSince: then", "incident": incident}}


def record(*messages, loss="cable-pulled", host="app"):
    return loss_judge.record(LOSSES[loss], host, list(messages), broken_ns=1000 * MS, mended_ns=20_000 * MS)


GONE = message("opened", 3000, "CRITICAL shop-prod: host app-1 is gone, and the site with it.")
BACK = message("resolved", 24_000, "RESOLVED shop-prod: host app-1 is well again after 21 s.")


class LossJudge(unittest.TestCase):
    def test_told_in_time_and_its_end_too_is_as_promised(self):
        result = record(GONE, BACK)
        self.assertEqual([], result["wrong"])
        self.assertEqual([2000.0, 2000.0, 4000.0], [result[key] for key in ("first_ms", "said_ms", "resolved_ms")])
        self.assertEqual([None, 4000.0], [each["after_mend"] for each in result["messages"]])
        self.assertTrue(result["ok"])

    def test_what_others_see_first_may_be_told_of_the_same_incident(self):
        symptom = message("opened", 1700, "CRITICAL shop-prod: database unreachable.", reason="TIMEOUT")
        gone = message("updated", 30_500, "CRITICAL shop-prod: host db-1 is gone, and the database with it.")
        end = message("resolved", 40_000, "RESOLVED shop-prod: database is well again after 39 s.")
        self.assertEqual([], record(symptom, gone, end, host="db")["wrong"])
        self.assertEqual(700.0, record(symptom, gone, end, host="db")["first_ms"])
        symptom["body"]["incident"] = 2
        self.assertIn("told besides: opened CRITICAL shop-prod: database unreachable.",
                      record(symptom, gone, end, host="db")["wrong"])

    def test_nothing_told_is_wrong_and_has_no_times(self):
        result = record()
        self.assertEqual(["it was not told"], result["wrong"])
        self.assertEqual([None] * 3, [result[key] for key in ("first_ms", "said_ms", "resolved_ms")])

    def test_too_late_wrong_words_and_no_end_are_wrong(self):
        late = message("opened", 5500, "CRITICAL shop-prod: host db-1 is gone.")
        wrong = record(late)["wrong"]
        self.assertEqual(["told after 4500 ms, not 0 to 4 s",
                          "it does not say 'host app-1 is gone': CRITICAL shop-prod: host db-1 is gone.",
                          "its end was not told"], wrong)

    def test_a_message_of_its_own_afterwards_is_wrong(self):
        late = message("resolved", 24_100, "RESOLVED shop-prod: database was unreachable for 20 s, reported late.",
                       reason="LINK_DOWN", incident=2)
        self.assertEqual(["told besides: resolved RESOLVED shop-prod: database was unreachable for 20 s, reported late."],
                         record(GONE, BACK, late)["wrong"])

    def test_a_ticket_that_pages_is_wrong(self):
        ticket = message("opened", 301_000, "WARNING shop-prod: agent on db-1 silent.", severity="warning",
                         reason="AGENT_SILENT")
        end = message("resolved", 330_000, "RESOLVED shop-prod: agent on db-1 is well again.", severity="warning",
                      reason="AGENT_SILENT")
        page = message("opened", 4000, "CRITICAL shop-prod: host db-1 is gone.", incident=3)

        def judged(*messages):
            return loss_judge.record(LOSSES["agent-killed"], "db", list(messages), broken_ns=1000 * MS,
                                     mended_ns=320_000 * MS)["wrong"]

        self.assertEqual([], judged(ticket, end))
        self.assertIn("told graver than it is: critical CRITICAL shop-prod: host db-1 is gone.",
                      judged(page, ticket, end))

    def test_an_end_before_it_was_mended_is_wrong(self):
        early = message("resolved", 9000, "RESOLVED shop-prod: host app-1 is well again after 6 s.")
        self.assertEqual(["its end was told before it was mended"], record(GONE, early)["wrong"])

    def test_a_second_opening_is_wrong(self):
        twice = record(GONE, message("opened", 9000, "CRITICAL shop-prod: host app-1 is gone."), BACK)["wrong"]
        self.assertIn("its messages are opened, opened, resolved", twice)


if __name__ == "__main__":
    unittest.main()
