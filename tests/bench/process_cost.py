"""What a process costs its host, read from /proc: memory, processor time, wakeups, bytes sent."""

import dataclasses
import re
from pathlib import Path

_KIB_PER_MB = 1e6 / 1024   # /proc tells KiB; figures are in MB of 10^6 bytes.


@dataclasses.dataclass(frozen=True)
class Reading:
    """Counters of one process at one moment, over all of its threads."""
    run_ns: int      # processor time, /proc/PID/task/*/schedstat
    switches: int    # context switches: each is a wakeup or the end of a time slice
    rss_mb: float
    anon_mb: float   # what is its own alone and no file's


@dataclasses.dataclass(frozen=True)
class Cost:
    """What it cost between two readings; memory as it was at the end."""
    rss_mb: float
    anon_mb: float
    cpu_percent: float     # of one core
    wakeups_per_s: float


def read(proc, pid):
    """A reading of a process and its threads; `proc` is the /proc that shows it."""
    directory = Path(proc) / str(pid)
    run_ns = switches = 0
    for task in (directory / "task").iterdir():
        try:
            run_ns += int((task / "schedstat").read_text().split()[0])
            switches += sum(int(n) for n in re.findall(
                r"^(?:non)?voluntary_ctxt_switches:\s+(\d+)", (task / "status").read_text(), re.M))
        except (FileNotFoundError, ProcessLookupError):
            continue  # A thread that has ended meanwhile.
    memory = memory_of((directory / "smaps_rollup").read_text())
    return Reading(run_ns, switches, memory["Rss"] / _KIB_PER_MB, memory["Anonymous"] / _KIB_PER_MB)


def memory_of(smaps_rollup):
    """{name: KiB} of a smaps_rollup (pure)."""
    return {name: int(kib) for name, kib in re.findall(r"^(\w+):\s+(\d+) kB", smaps_rollup, re.M)}


def cost(before, after, seconds):
    return Cost(after.rss_mb, after.anon_mb, (after.run_ns - before.run_ns) / seconds / 1e7,
                (after.switches - before.switches) / seconds)


def add(costs):
    """Several processes that do one job together."""
    return Cost(*(sum(getattr(each, field.name) for each in costs)
                  for field in dataclasses.fields(Cost)))


def bytes_sent(ss_output, pid):
    """What the sockets of a process have sent, of `ss -tinpH` or `ss -tinpHO` (pure)."""
    total, ours = 0, False
    for line in ss_output.splitlines():
        if not line.startswith(("\t", " ")):
            ours = f",pid={pid}," in line
        if ours and (sent := re.search(r"\bbytes_sent:(\d+)", line)):
            total += int(sent.group(1))
    return total
