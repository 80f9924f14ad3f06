"""The verdicts of the crash campaign find what they are for."""

import dataclasses
import unittest

import doors
import spool_files
import verdict

OK, CRITICAL = verdict.OK, verdict.CRITICAL


def changes(*moments):
    """Open at the first moment, closed at the second, and so on."""
    return [doors.Change(at, number % 2 == 0) for number, at in enumerate(moments)]


class KnownInTime(unittest.TestCase):
    LIVES = [[0, 100], [110, None]]

    def known(self, moments, rows):
        return verdict.known_in_time("port", changes(*moments), self.LIVES, rows, 2, 200)

    def test_a_change_that_lasted_must_be_in_the_history(self):
        wrong, owed = self.known([0, 50, 60], [(1, OK), (50.1, CRITICAL), (60.1, OK)])
        self.assertEqual((wrong, owed), ([], 3))
        wrong, _ = self.known([0, 50, 60], [(1, OK)])
        self.assertEqual(len(wrong), 1)

    def test_what_was_too_short_or_came_just_before_a_kill_is_not_owed(self):
        self.assertEqual(self.known([0, 50, 51], [(1, OK)]), ([], 2))
        self.assertEqual(self.known([0, 99, 105], [(1, OK)]), ([], 2))

    def test_what_goes_on_over_a_kill_is_owed_by_the_next_life(self):
        wrong, owed = self.known([0, 99], [(1, OK)])
        self.assertEqual((len(wrong), owed), (1, 2))


class TrueAndInOrder(unittest.TestCase):
    def test_a_word_that_was_never_true_is_found(self):
        made = changes(0, 50, 60)
        self.assertEqual(verdict.true_and_in_order("p", made, [(1, OK), (50.1, CRITICAL)]), [])
        self.assertEqual(len(verdict.true_and_in_order("p", made, [(30, CRITICAL)])), 1)

    def test_a_probe_may_be_a_little_late(self):
        self.assertEqual(verdict.true_and_in_order("p", changes(0, 50, 60), [(60.3, CRITICAL)]), [])

    def test_times_that_go_back_are_found(self):
        self.assertEqual(len(verdict.true_and_in_order("p", changes(0), [(5, OK), (4, OK)])), 1)


class Numbers(unittest.TestCase):
    def test_gaps_fill_holes_and_nothing_is_there_twice(self):
        self.assertEqual(verdict.without_holes([1, 2, 6], [(3, 5)]), [])
        self.assertEqual(len(verdict.without_holes([1, 3], [])), 1)
        self.assertEqual(len(verdict.without_holes([1, 2], [(2, 3)])), 1)

    def test_what_was_written_is_stored_or_told_of(self):
        self.assertEqual(verdict.written_is_there({1, 2}, {1}, [(2, 2)]), [])
        self.assertEqual(len(verdict.written_is_there({1, 2}, {1}, [])), 1)


class Outages(unittest.TestCase):
    ROWS = [(10, OK, 0), (20, CRITICAL, 0), (25, OK, 0)]

    def test_a_live_outage_has_an_incident(self):
        self.assertEqual(verdict.outages_told(self.ROWS, [[0, None]], [(20, 25)]), ([], 1))
        self.assertEqual(len(verdict.outages_told(self.ROWS, [[0, None]], [(30, None)])[0]), 1)

    def test_one_that_the_collector_did_not_live_through_need_not(self):
        self.assertEqual(verdict.outages_told(self.ROWS, [[0, 20.5]], []), ([], 0))


class Messages(unittest.TestCase):
    @staticmethod
    def message(key, incident=1, sequence=1, text="x"):
        return {"key": key, "body": {"incident": incident, "sequence": sequence, "text": text,
                                     "sent_at": object()}}

    def test_a_repeat_under_the_same_key_is_fine(self):
        heard = [self.message("a/1"), self.message("a/1")]
        self.assertEqual(verdict.messages([(1, 1, 5)], heard), [])

    def test_another_key_or_text_is_not(self):
        self.assertEqual(len(verdict.messages([(1, 1, 5)], [self.message("a/1"),
                                                            self.message("b/1")])), 1)
        self.assertEqual(len(verdict.messages([(1, 1, 5)], [self.message("a/1"),
                                                            self.message("a/1", text="y")])), 1)

    def test_what_was_decided_must_have_come(self):
        self.assertEqual(len(verdict.messages([(1, 1, 0)], [])), 1)
        self.assertEqual(len(verdict.messages([(1, 1, 5)], [])), 1)


class LogLines(unittest.TestCase):
    def test_a_line_that_was_read_and_told_is_owed(self):
        lives = [[0, 10], [12, None]]
        self.assertEqual(verdict.lines_told([("a", 5), ("b", 9.5), ("c", 11)], lives, {"a"}, 2, 20),
                         ([], 1))
        wrong, _ = verdict.lines_told([("a", 5)], lives, set(), 2, 20)
        self.assertEqual(len(wrong), 1)


class SpoolFiles(unittest.TestCase):
    # Two records of the stream of transitions, as the agent writes them: stream 1, seq 7 and 8, the
    # second a gap; then the beginning of a third.
    PAYLOADS = (bytes([0x08, 1, 0x10, 7, 0x22, 0]), bytes([0x08, 1, 0x10, 8, 0x32, 2, 0x08, 8]))

    def frame(self, payload):
        length = len(payload).to_bytes(4, "little")
        return length + spool_files.zlib.crc32(length + payload).to_bytes(4, "little") + payload

    def test_whole_frames_are_read_and_a_torn_one_is_not(self):
        data = b"".join(map(self.frame, self.PAYLOADS))
        for tail in (b"", b"\x05", self.frame(self.PAYLOADS[0])[:-1]):
            found = [dataclasses.astuple(record) for record in spool_files.frames(data + tail)]
            self.assertEqual(found, [(1, 7, 4), (1, 8, 6)])


if __name__ == "__main__":
    unittest.main()
