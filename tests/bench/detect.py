#!/usr/bin/python3
"""From `systemctl stop mysql` to the pager: Faultline beside its peers, told by the same stop.

Twenty trials in one lab (see ../lab) with irregular idle between them. The figures go into
build/bench/results.json, each trial's into build/bench/detect_trials.json.
"""

import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lab"))

import benchmark
import debs
import judge
import peers
import records
import results
import stack
from benchmark import say
from command import CommandFailed
from faults.db_stop import FAULT
from percentiles import percentile
from settings import Settings

_IDLE = (2.0, 6.0)   # Seconds; irregular, so that no trial keeps step with a scrape.
_NOTIFY_TIMEOUT = 30
_RESOLVE_TIMEOUT = 60


def one_trial(lab, with_faultline):
    """One stop; gives milliseconds to each one's webhook, None where none came."""
    shell, pager = lab.machine(FAULT.host).shell, lab.pager
    if with_faultline:
        lab.wait_all_well()
    peers.wait_all_ok(lab)
    time.sleep(random.uniform(*_IDLE))
    before = pager.count()
    injected_ns = shell.send(FAULT.inject)
    firing = pager.wait_for(peers.is_firing, before, _NOTIFY_TIMEOUT)
    opening = None
    if with_faultline:
        opening = pager.wait_for(lambda m: judge.is_opening(m, FAULT.subject), before,
                                 _NOTIFY_TIMEOUT)
    shell.finish()
    shell.type(FAULT.restore)
    # The next trial starts from rest: both have to have said that it is over.
    if firing:
        pager.wait_for(peers.is_resolved, firing["number"], _RESOLVE_TIMEOUT)
    if opening:
        pager.wait_for(lambda m: judge.is_resolution(m, opening), before, _RESOLVE_TIMEOUT)
    return {"faultline_ms": _milliseconds(injected_ns, opening),
            "peer_ms": _milliseconds(injected_ns, firing)}


def table(trials):
    """The readable result."""
    lines = [f"{'':<58}{'n':>4}{'p50':>9}{'p99':>9}{'max':>9}  ms"]
    for title, key in (("Faultline", "faultline_ms"), (peers.NAME, "peer_ms")):
        values = [trial[key] for trial in trials if trial[key] is not None]
        cells = (percentile(values, 50), percentile(values, 99), max(values, default=None))
        lines.append(f"{title:<58}{len(values):>4}" + "".join(
            f"{'-' if cell is None else f'{cell:.1f}':>9}" for cell in cells))
    return "\n".join(lines)


def figures(trials):
    """The records for the common file; raises CommandFailed when somebody heard nothing."""
    found = []
    for key in ("faultline_ms", "peer_ms"):
        missing = sum(1 for trial in trials if trial[key] is None)
        if missing:
            raise CommandFailed(f"{key}: no message in {missing} of {len(trials)} trials; "
                                "nothing was written")
    for percent in (50, 99):
        ours, theirs = (percentile([trial[key] for trial in trials], percent)
                        for key in ("faultline_ms", "peer_ms"))
        found.append(records.record(f"stop_to_webhook_p{percent}_ms", ours, "ms", peers.NAME,
                                    theirs))
    return found


def run(options):
    built = None if options.without_faultline else debs.find(options.packages)
    trials = []
    # The peers reach the database from the collector's host, which Faultline would rightly mind.
    settings = Settings(own={"collector": {"DB_HOST": ""}})
    with stack.temporary(say, built, with_peers=True, install_more=peers.install,
                         settings=settings) as lab:
        peers.open_paths(lab)
        for number in range(1, options.trials + 1):
            trials.append(one_trial(lab, built is not None))
            shown = {key: "-" if ms is None else f"{ms:.1f} ms" for key, ms in trials[-1].items()}
            say(f"stop {number} of {options.trials}: Faultline {shown['faultline_ms']}, "
                f"peers {shown['peer_ms']}")
    print(f"\n{table(trials)}\n", flush=True)
    results.write(records.FILE.with_name("detect_trials.json"), trials)
    if built:
        records.save(figures(trials))
        print(f"Written: {records.FILE.relative_to(results.REPOSITORY)}")
    return 0


def main():
    parser = benchmark.parser(__doc__)
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--without-faultline", action="store_true", help="the peers alone")
    return benchmark.exit_code(run, parser.parse_args())


def _milliseconds(start_ns, message):
    return message and round((message["arrived_ns"] - start_ns) / judge.NS_PER_MS, 3)


if __name__ == "__main__":
    sys.exit(main())
