"""One failure after the other, each timed from the key press to the pager."""

import random
import time

import judge
from command import CommandFailed
from percentiles import summary

_QUIET = 1.0          # Seconds of listening for messages that should not come.
_IDLE = (0.5, 2.5)    # Trials come at irregular times: a regular beat would hide naps of a poll.
_NOTIFY_TIMEOUT = 10
_RESOLVE_TIMEOUT = 60


def run_trials(lab, fault, count, say):
    """Injects the failure `count` times; gives one record for each."""
    records = []
    show_checks(lab, say)
    for number in range(1, count + 1):
        say(f"Trial {number} of {count}: {fault.name}")
        records.append(_one(lab, fault, say))
        if number < count:
            time.sleep(random.uniform(*_IDLE))
    return records


def show_checks(lab, say):
    """Waits until all is well, and shows it."""
    checks = lab.api.wait_all_ok(lab.expected_checks())
    say(f"All {len(checks)} checks are OK:")
    for check in checks:
        say(f"  {check['host']:<12} {check['id']}")


def show_summary(records, say):
    """The closing lines: distributions, and what went wrong."""
    for key in ("detect_ms", "notify_ms", "resolve_ms"):
        say(f"{key:<11} {summary([r[key] for r in records if r[key] is not None])}")
    for number, record in enumerate(records, 1):
        if not record["ok"]:
            say(f"trial {number} is not as expected: {record}")


def _one(lab, fault, say):
    shell, pager = lab.machine(fault.host).shell, lab.pager
    before = lab.wait_all_well()
    say(f"  {fault.host}-1# {fault.inject}")
    injected_ns = shell.send(fault.inject)
    opening = pager.wait_for(lambda m: judge.is_opening(m, fault.subject), before, _NOTIFY_TIMEOUT)
    shell.finish()
    opened_ns = None
    if opening is None:
        say(f"  no message within {_NOTIFY_TIMEOUT} s")
    else:
        opened_ns = _opened_ns(lab, opening)
        _show(opening, injected_ns, "after the command", say)
        if opened_ns is not None:
            say(f"  (the incident opened {_ms(injected_ns, opened_ns)} after the command)")
    time.sleep(_QUIET)
    say(f"  {fault.host}-1# {fault.restore}")
    restored_ns, _ = shell.type(fault.restore)
    if opening is not None:
        resolution = pager.wait_for(lambda m: judge.is_resolution(m, opening), before,
                                    _RESOLVE_TIMEOUT)
        if resolution is None:
            say(f"  not resolved within {_RESOLVE_TIMEOUT} s")
        else:
            _show(resolution, restored_ns, "after the restoring command", say)
    time.sleep(_QUIET)
    return judge.record(fault, injected_ns=injected_ns, restored_ns=restored_ns,
                        opened_ns=opened_ns, messages=pager.messages(before))


def _opened_ns(lab, opening):
    """When the collector opened the incident; None when its API does not know."""
    try:
        incident = lab.api.incident(opening["body"]["incident"])
        return int(incident["opened_monotonic_ns"])
    except (CommandFailed, KeyError, ValueError):
        return None


def _show(message, since_ns, since_what, say):
    say(f"  The pager got this {_ms(since_ns, message['arrived_ns'])} {since_what}:")
    text = message["body"].get("text") or message["body"]
    for line in str(text).splitlines():
        say(f"  | {line}")


def _ms(start_ns, end_ns):
    return f"{(end_ns - start_ns) / judge.NS_PER_MS:.1f} ms"
