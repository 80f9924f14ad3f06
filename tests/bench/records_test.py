"""The common result file's contents."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lab"))

import records


class Records(unittest.TestCase):
    def test_the_ratio_is_ours_by_the_peers(self):
        self.assertEqual(records.record("x_ms", 20.0, "ms", "peer", 800.0),
                         {"name": "x_ms", "value": 20.0, "unit": "ms", "peer": "peer",
                          "peer_value": 800.0, "ratio": 0.025})

    def test_records_of_the_same_name_are_replaced_and_others_kept(self):
        old = [{"name": "a", "value": 1}, {"name": "b", "value": 2}]
        new = [{"name": "b", "value": 3}, {"name": "c", "value": 4}]
        self.assertEqual(records.merge(old, new), [{"name": "a", "value": 1},
                                                   {"name": "b", "value": 3},
                                                   {"name": "c", "value": 4}])


if __name__ == "__main__":
    unittest.main()
