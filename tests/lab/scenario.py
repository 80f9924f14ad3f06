"""Runs the scenarios: each file in scenarios/ checks one promise on a lab of its own."""

import contextlib
import importlib
import pkgutil
import random
import textwrap
import time

import judge
import scenarios
import side_by_side
import stack
from command import CommandFailed

_JOURNAL_LINES = "40"
_FAILED = "  FAILED: "


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
    """Runs one scenario; prints how it went; gives the exit code."""
    module = all_scenarios()[name]
    seed = seed or _any_seed()
    say(f"Seed {seed}")
    say(f"Scenario {name}: {module.__doc__.strip().splitlines()[0]}")
    started = time.monotonic()
    trouble = _run_one(module, packages, random.Random(seed), say)
    if trouble:
        say(_FAILED + trouble)
    return _show_table([(name, trouble, time.monotonic() - started)])


def run_all(command, jobs, seed, say):
    """Runs all scenarios, `jobs` at a time, each by `command` NAME --seed SEED; prints what each printed when it has
    ended, then a table; gives the exit code."""
    seed, outcomes = seed or _any_seed(), []

    def ended(one):
        trouble = ""
        if one.exit_code != 0:
            _, _, trouble = one.output.partition(_FAILED)
            trouble = trouble.splitlines()[0] if trouble else f"it ended with {one.exit_code}"
        say(f"Scenario {one.name} has ended:")
        print(textwrap.indent(one.output, "    "), flush=True)
        outcomes.append((one.name, trouble, one.seconds))

    say(f"Seed {seed}; {jobs} at a time")
    side_by_side.run({name: [*command, name, "--seed", str(seed)] for name in all_scenarios()}, jobs, ended)
    return _show_table(sorted(outcomes))


def _any_seed():
    return random.SystemRandom().randrange(1, 1 << 31)


def _show_table(outcomes):
    print()
    for name, trouble, seconds in outcomes:
        print(f"  {'FAILED' if trouble else 'ok':<7} {name:<18} {seconds:6.1f} s  {trouble}".rstrip())
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
