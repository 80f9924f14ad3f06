"""Runs the scenarios: each file in scenarios/ checks one promise on a lab of its own."""

import contextlib
import importlib
import pkgutil
import random
import time

import judge
import scenarios
import stack
from command import CommandFailed

_JOURNAL_LINES = "40"


class ScenarioFailed(Exception):
    """What was promised did not happen; the text says what was seen instead."""


def expect(condition, text):
    """Ends the scenario with `text` unless the condition holds."""
    if not condition:
        raise ScenarioFailed(text)


def expect_silence(lab, before, seconds):
    """Listens for so long, and ends the scenario if a message with number `before` or later is there."""
    time.sleep(seconds)
    messages = lab.pager.messages(before)
    expect(not messages, f"{len(messages)} messages came: {[judge.describe(m) for m in messages]}")


def all_scenarios():
    """The scenarios by their names (collector_kill.py is collector-kill): module with run(lab, say,
    rng); the first line of its docstring says what is promised. LAB(), where it has one, gives options of
    stack.temporary."""
    return {module.name.replace("_", "-"): importlib.import_module(f"scenarios.{module.name}")
            for module in pkgutil.iter_modules(scenarios.__path__)}


def run_named(name, packages, seed, say):
    """Runs one scenario, or all; prints a table; gives the exit code."""
    chosen = all_scenarios() if name == "all" else {name: all_scenarios()[name]}
    seed = seed or random.SystemRandom().randrange(1, 1 << 31)
    say(f"Seed {seed}")
    outcomes = []
    for each, module in chosen.items():
        promise = module.__doc__.strip().splitlines()[0]
        say(f"Scenario {each}: {promise}")
        started = time.monotonic()
        trouble = _run_one(module, packages, random.Random(seed), say)
        if trouble:
            say(f"  FAILED: {trouble}")
        outcomes.append((each, trouble, time.monotonic() - started))
    print()
    for each, trouble, seconds in outcomes:
        print(f"  {'FAILED' if trouble else 'ok':<7} {each:<16} {seconds:6.1f} s  {trouble or ''}")
    failed = sum(1 for _, trouble, _ in outcomes if trouble)
    print(f"{len(outcomes) - failed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


@contextlib.contextmanager
def showing_journals(lab, say):
    """When the block fails, shows what Faultline's services wrote, before the hosts are gone."""
    try:
        yield
    except (CommandFailed, ScenarioFailed):
        for host in stack.HOSTS:
            with contextlib.suppress(CommandFailed):
                text = lab.machine(host.name).run(
                    ["journalctl", "--no-pager", "-n", _JOURNAL_LINES, "-u", "faultline-*"]).stdout
                say(f"--- {host.hostname}: the end of Faultline's journal\n{text}")
        raise


def _run_one(module, packages, rng, say):
    """Runs one scenario; gives what went wrong, or an empty text."""
    try:
        with stack.temporary(say, packages, **getattr(module, "LAB", dict)()) as lab, showing_journals(lab, say):
            if lab.started:
                before = lab.wait_all_well()
                if before:
                    say(f"  (while it booted, {before} messages came; they do not count)")
            module.run(lab, say, rng)
    except (CommandFailed, ScenarioFailed) as error:
        return str(error)
    return ""
