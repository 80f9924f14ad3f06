"""Telling processes apart, with real ones."""

import os
import subprocess
import unittest

from processes import Process, identify, namespace_pid


class Processes(unittest.TestCase):
    def test_a_process_is_alive_until_it_ends_and_its_zombie_is_not(self):
        child = subprocess.Popen(["sleep", "60"])
        process = identify(child.pid)
        self.assertTrue(process.alive())
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        self.assertFalse(process.alive())
        child.wait()
        self.assertFalse(process.alive())

    def test_another_process_under_the_same_pid_is_not_the_same(self):
        me = identify(os.getpid())
        self.assertFalse(Process(me.pid, me.started - 1).alive())

    def test_a_process_that_does_not_exist_is_an_error(self):
        with self.assertRaises(ProcessLookupError):
            identify(1 << 30)
        self.assertIsNone(namespace_pid(1 << 30))


if __name__ == "__main__":
    unittest.main()
