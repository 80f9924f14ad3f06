"""Commands side by side, with real processes."""

import os
import signal
import sys
import tempfile
import time
import unittest
from pathlib import Path

import side_by_side
from interrupts import Interrupted


def _python(code, *arguments):
    return [sys.executable, "-c", code, *arguments]


def _all(commands):
    ended = []
    side_by_side.run(commands, 2, ended.append)
    return ended


class SideBySide(unittest.TestCase):
    def test_each_one_gives_its_exit_code_and_all_it_printed(self):
        code = "import sys; print('said', flush=True); print('cried', file=sys.stderr); sys.exit(int(sys.argv[1]))"
        ended = {each.name: each for each in _all({"good": _python(code, "0"), "bad": _python(code, "3")})}
        self.assertEqual({name: each.exit_code for name, each in ended.items()}, {"good": 0, "bad": 3})
        self.assertEqual(ended["bad"].output, "said\ncried\n")

    def test_so_many_at_once_and_no_more(self):
        # Each writes when it began and ended, on a clock that all share.
        code = "import time; print(time.monotonic_ns()); time.sleep(.3); print(time.monotonic_ns())"
        spans = [tuple(int(line) for line in each.output.split())
                 for each in _all({str(i): _python(code) for i in range(4)})]
        most = max(sum(begin <= moment < end for begin, end in spans) for moment, _ in spans)
        self.assertEqual(most, 2)

    def test_an_interruption_ends_the_running_ones_in_good_order_and_starts_no_other(self):
        with tempfile.TemporaryDirectory() as scratch:
            code = ("import pathlib, signal, sys, time\n"
                    "there, name = pathlib.Path(sys.argv[1]), sys.argv[2]\n"
                    "def clean_up(*_):\n"
                    "    (there / (name + '.clean')).touch(); sys.exit(1)\n"
                    "signal.signal(signal.SIGTERM, clean_up)\n"
                    "(there / (name + '.started')).touch()\n"
                    "time.sleep(60)\n")
            quick = _python("import pathlib, sys, time\n"
                            "while not pathlib.Path(sys.argv[1]).exists(): time.sleep(.01)\n",
                            f"{scratch}/long.started")
            commands = {"long": _python(code, scratch, "long"), "quick": quick,
                        "next": _python(code, scratch, "next"), "never": _python(code, scratch, "never")}

            def interrupt(ended):
                self.assertEqual(ended.name, "quick")
                while not Path(scratch, "next.started").exists():
                    time.sleep(0.01)
                os.kill(os.getpid(), signal.SIGTERM)

            started = time.monotonic()
            with self.assertRaises(Interrupted):
                side_by_side.run(commands, 2, interrupt)
            self.assertLess(time.monotonic() - started, 30)
            self.assertEqual(sorted(path.name for path in Path(scratch).iterdir()),
                             ["long.clean", "long.started", "next.clean", "next.started"])
