"""The reading of /proc and ss."""

import os
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lab"))

import process_cost
from process_cost import Cost, Reading

_SS = """\
ESTAB 0 0 10.0.2.10:34512 10.0.1.20:7443 users:(("faultline-agent",pid=77,fd=12))
\t cubic wscale:7,7 rto:201 bytes_sent:1500 bytes_acked:1500 segs_out:9
ESTAB 0 0 10.0.2.10:9100 10.0.1.20:41000 users:(("prometheus-node",pid=770,fd=3))
\t cubic bytes_sent:900000 bytes_acked:900000
ESTAB 0 0 10.0.2.10:34514 10.0.1.20:7443 users:(("faultline-agent",pid=77,fd=13))
\t cubic bytes_sent:20
"""


class ProcessCost(unittest.TestCase):
    def test_counts_what_one_process_has_sent(self):
        self.assertEqual(process_cost.bytes_sent(_SS, 77), 1520)
        self.assertEqual(process_cost.bytes_sent(_SS, 770), 900000)
        self.assertEqual(process_cost.bytes_sent(_SS, 7), 0)

    def test_reads_this_process(self):
        before = process_cost.read("/proc", os.getpid())
        subprocess.run(["true"], check=True)   # Waiting for a child is a context switch.
        reading = process_cost.read("/proc", os.getpid())
        self.assertGreater(before.run_ns, 0)
        self.assertGreater(reading.run_ns, before.run_ns)
        self.assertGreater(reading.switches, before.switches)
        self.assertGreater(reading.rss_mb, reading.anon_mb)
        self.assertGreater(reading.anon_mb, 1)

    def test_a_cost_is_the_difference_by_the_seconds(self):
        before, after = Reading(10**9, 100, 9.0, 1.0), Reading(10**9 + 2 * 10**7, 160, 10.0, 2.0)
        self.assertEqual(process_cost.cost(before, after, 10.0), Cost(10.0, 2.0, 0.2, 6.0))
        self.assertEqual(process_cost.add([Cost(1, 2, 3, 4), Cost(10, 20, 30, 40)]),
                         Cost(11, 22, 33, 44))


if __name__ == "__main__":
    unittest.main()
