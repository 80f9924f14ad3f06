"""Which process is which: a pid is reused, a pid with its start time is not."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Process:
    """A process as it was: its pid and its start (clock ticks since boot)."""
    pid: int
    started: int

    def alive(self):
        """True while this very process runs, and not another one under its pid."""
        return _start_of(self.pid) == self.started


def identify(pid):
    """The running process of that pid; raises ProcessLookupError when there is none."""
    started = _start_of(pid)
    if started is None:
        raise ProcessLookupError(f"there is no process {pid}")
    return Process(pid, started)


def namespace_pid(pid):
    """The pid as the process itself sees it, in the innermost of its namespaces."""
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as file:
            for line in file:
                if line.startswith("NSpid:"):
                    return int(line.split()[-1])
    except OSError:
        pass
    return None


def _start_of(pid):
    """The start time, or None when there is no such process or only its zombie is left."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            # The name, in parentheses, may hold anything; what follows it is regular.
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else int(fields[19])
