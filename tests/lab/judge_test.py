"""The verdict over one trial's messages."""

import unittest

import judge
from faults.db_stop import FAULT

MS = 1_000_000


def message(event, at_ms, **body):
    values = {"event": event, "subject": "database", "dedup_key": "k1", "host": "db-1",
              "reason": "UNIT_STOPPING", "title": "CRITICAL shop-prod: database down",
              "alerts": [{"name": "ServiceDown", "reason": "UNIT_STOPPING"}], **body}
    return {"arrived_ns": at_ms * MS, "body": values}


def record(*messages, opened_ms=1030):
    return judge.record(FAULT, injected_ns=1000 * MS, restored_ns=3000 * MS,
                        opened_ns=opened_ms and opened_ms * MS, messages=list(messages))


class Judge(unittest.TestCase):
    def test_one_opening_and_its_resolution_are_as_expected(self):
        self.assertEqual(record(message("opened", 1040), message("resolved", 3100)), {
            "fault": "db-stop", "expected_cause": "SERVICE_STOPPED", "diagnosed_cause": None,
            "alert": "ServiceDown", "reason": "UNIT_STOPPING", "detect_ms": 30.0,
            "notify_ms": 40.0, "resolve_ms": 100.0, "unexpected": [], "ok": True})

    def test_no_message_at_all_is_a_failure_with_nulls(self):
        result = record(opened_ms=None)
        self.assertFalse(result["ok"])
        self.assertEqual([result[key] for key in ("detect_ms", "notify_ms", "resolve_ms", "alert")],
                         [None] * 4)

    def test_a_message_of_another_incident_is_unexpected(self):
        result = record(message("opened", 1040), message("opened", 1050, subject="site",
                                                         dedup_key="k2"),
                        message("resolved", 3100))
        self.assertFalse(result["ok"])
        self.assertEqual(len(result["unexpected"]), 1)
        self.assertIn("site", result["unexpected"][0])

    def test_an_update_or_a_repetition_is_unexpected(self):
        for extra in ("updated", "opened"):
            result = record(message("opened", 1040), message(extra, 1060),
                            message("resolved", 3100))
            self.assertEqual((result["ok"], len(result["unexpected"])), (False, 1), extra)

    def test_a_resolution_of_another_incident_does_not_count(self):
        result = record(message("opened", 1040), message("resolved", 3100, dedup_key="k2"))
        self.assertIsNone(result["resolve_ms"])
        self.assertFalse(result["ok"])

    def test_a_late_message_or_a_wrong_reason_is_not_ok(self):
        self.assertFalse(record(message("opened", 2500), message("resolved", 3100))["ok"])
        self.assertFalse(record(message("opened", 1040, reason="REFUSED"),
                                message("resolved", 3100))["ok"])


if __name__ == "__main__":
    unittest.main()
