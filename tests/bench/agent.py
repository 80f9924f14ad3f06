#!/usr/bin/python3
"""What the agent costs its host, quiet and under a flood of log lines, beside its peers.

The lab's hosts with the full roles `app` and `db`, all peers at work on the same hosts in the same
run (host_peers.py says what each does). The figures go into build/bench/results.json.
"""

import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lab"))

import benchmark
import debs
import host_peers
import process_cost
import records
import results
import stack
from benchmark import say
from command import CommandFailed
from topology import APP, DB

_AGENT = "faultline-agent"
_SETTLE = 15   # Seconds after the boot: first looks, first logins.
_FLOOD_LINES_PER_S = 10_000
_LOGS = {DB: "/var/log/mysql/error.log", APP: "/var/log/nginx/error.log"}
_NOISE = "2026-11-25  3:14:07 {n} [Note] request {n} of 10.0.1.10 took {n} us, nothing to see here\n"
_ERROR = "2026-11-25  3:14:07 {n} [ERROR] mariadbd: table './appdb/t{n}' is marked as crashed\n"


class Flood:
    """Writes lines into a host's log file at a steady rate, one of a hundred an error."""

    def __init__(self, machine, path):
        self._file = open(machine.root_seen_inside / path.lstrip("/"), "a", encoding="ascii")
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.lines = 0

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._done.set()
        self._thread.join()
        self._file.close()

    def _run(self):
        batch = _FLOOD_LINES_PER_S // 50
        begun = time.monotonic()
        while not self._done.is_set():
            self._file.write("".join(
                (_ERROR if n % 100 == 0 else _NOISE).format(n=n)
                for n in range(self.lines, self.lines + batch)))
            self._file.flush()
            self.lines += batch
            self._done.wait(max(0.0, begun + self.lines / _FLOOD_LINES_PER_S - time.monotonic()))


def _main_pid(machine, unit):
    pid = machine.run(["systemctl", "show", "-P", "MainPID", unit]).stdout.strip()
    if pid == "0":   # Started by a script of System V, which systemd does not look into.
        pid = machine.run(["pidof", "-s", unit], check=False).stdout.strip()
    if not pid:
        raise CommandFailed(f"{unit} does not run on {machine.host.hostname}")
    return pid


def measure(lab, processes, seconds):
    """{(host, unit): (Cost, bytes sent a second)} over some seconds."""
    def look():
        found = {}
        for host, unit in processes:
            machine = lab.machine(host.name)
            pid = _main_pid(machine, unit)
            sent = process_cost.bytes_sent(machine.run(["ss", "-tinpH"]).stdout, pid)
            found[host, unit] = (process_cost.read(machine.root_seen_inside / "proc", pid), sent)
        return found

    before, started = look(), time.monotonic()
    time.sleep(seconds)
    after, passed = look(), time.monotonic() - started
    return {key: (process_cost.cost(before[key][0], after[key][0], passed),
                  (after[key][1] - before[key][1]) / passed) for key in before}


def agents():
    return [(APP, _AGENT), (DB, _AGENT)]


def others():
    return [*host_peers.EXPORTER_UNITS, *host_peers.OTHER_UNITS.values()]


def show(title, costs):
    print(f"\n{title}\n{'':<46}{'RSS':>8}{'anon':>8}{'CPU':>9}{'wakeups':>10}{'sent':>10}\n"
          f"{'':<46}{'MB':>8}{'MB':>8}{'%':>9}{'/s':>10}{'B/s':>10}")
    for (host, unit), (cost, sent) in costs.items():
        print(f"{host.hostname + ' ' + unit:<46}{cost.rss_mb:>8.1f}{cost.anon_mb:>8.1f}"
              f"{cost.cpu_percent:>9.3f}{cost.wakeups_per_s:>10.1f}{sent:>10.0f}")
    print(flush=True)


def figures(costs, suffix):
    """The records: the costlier of both agents, beside the exporters that do the same together."""
    ours = [costs[key] for key in agents()]
    exporters = [costs[key] for key in host_peers.EXPORTER_UNITS]
    theirs = process_cost.add([cost for cost, _ in exporters])
    found = []
    for name, unit in (("rss_mb", "MB"), ("anon_mb", "MB"), ("cpu_percent", "% of a core"),
                       ("wakeups_per_s", "1/s")):
        mine = max(getattr(cost, name) for cost, _ in ours)
        found.append(records.record(f"agent_{name}{suffix}", round(mine, 3), unit,
                                    host_peers.EXPORTERS, round(getattr(theirs, name), 3)))
        for peer, key in host_peers.OTHER_UNITS.items():
            found.append(records.record(f"agent_{name}{suffix}_beside_{peer}", round(mine, 3), unit,
                                        peer, round(getattr(costs[key][0], name), 3)))
    found.append(records.record(f"agent_bytes_per_s{suffix}", round(max(s for _, s in ours), 1),
                                "B/s", host_peers.EXPORTERS,
                                round(sum(sent for _, sent in exporters), 1)))
    return found


def run(options):
    built = debs.find(options.packages)
    with stack.temporary(say, built, with_peers=True, install_more=host_peers.install) as lab:
        lab.wait_all_well()
        with host_peers.Scraper(lab) as scraper:
            say(f"All is well; settling for {_SETTLE} s")
            time.sleep(_SETTLE)
            say(f"Quiet: {options.seconds} s")
            quiet = measure(lab, agents() + others(), options.seconds)
            with Flood(lab.machine(DB.name), _LOGS[DB]) as at_db, \
                    Flood(lab.machine(APP.name), _LOGS[APP]) as at_app:
                say(f"Flood of {_FLOOD_LINES_PER_S} log lines a second on each host: "
                    f"{options.flood_seconds} s")
                time.sleep(2)
                flood = measure(lab, agents() + others(), options.flood_seconds)
            say(f"{at_db.lines} and {at_app.lines} lines were written")
            if scraper.failures:
                raise CommandFailed(f"{len(scraper.failures)} questions to the peers failed, the "
                                    f"first: {scraper.failures[0]}")
    show("Quiet", quiet)
    show("Under the flood", flood)
    records.save(figures(quiet, "") + figures(flood, "_flood"))
    print(f"Written: {records.FILE.relative_to(results.REPOSITORY)}")
    return 0


def main():
    parser = benchmark.parser(__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="how long to measure quiet")
    parser.add_argument("--flood-seconds", type=int, default=30)
    return benchmark.exit_code(run, parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
