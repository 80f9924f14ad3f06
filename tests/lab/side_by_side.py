"""Runs commands side by side, some at a time, and gives each one's output whole when it has ended.

The commands are lab.py itself, once for each scenario: a scenario waits more than it works, and each lab belongs to
the process that made it, so a process each keeps cleaning up as simple as for one.
"""

import concurrent.futures
import dataclasses
import subprocess
import threading
import time

from interrupts import cleaned_up_by


@dataclasses.dataclass(frozen=True)
class Ended:
    """A command that has ended: its exit code, all it printed (stdout and stderr), and how long it took."""
    name: str
    exit_code: int
    output: str
    seconds: float


def run(commands, jobs, on_end):
    """Calls on_end(Ended) for each of `commands` (name -> argv), in the order in which they end.

    At most `jobs` run at once. On a signal (interrupts.py) the running ones are told to end (SIGTERM) and waited for,
    since they clean up, and the others are not started.
    """
    running = _Running()
    pool = concurrent.futures.ThreadPoolExecutor(jobs)

    def end_all():
        pool.shutdown(wait=False, cancel_futures=True)
        running.end()
        pool.shutdown(wait=True)

    with cleaned_up_by(end_all):
        futures = [pool.submit(running.run, name, argv) for name, argv in commands.items()]
        for future in concurrent.futures.as_completed(futures):
            on_end(future.result())


class _Running:
    """The processes that run now; of any thread."""

    def __init__(self):
        self._lock = threading.Lock()
        self._processes = set()
        self._ending = False

    def run(self, name, argv):
        started = time.monotonic()
        with self._lock:
            if self._ending:
                return Ended(name, -1, "", 0.0)
            # A session of its own: a Ctrl-C reaches it once, as the SIGTERM from here.
            process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                       stderr=subprocess.STDOUT, text=True, errors="replace",
                                       start_new_session=True)
            self._processes.add(process)
        output, _ = process.communicate()
        with self._lock:
            self._processes.discard(process)
        return Ended(name, process.returncode, output, time.monotonic() - started)

    def end(self):
        with self._lock:
            self._ending = True
            for process in self._processes:
                process.terminate()
