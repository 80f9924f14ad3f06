#!/usr/bin/python3
"""The lab: Faultline's stack as real hosts on this machine. See README.md beside this file."""

import argparse
import itertools
import os
import subprocess
import sys
import time
from pathlib import Path

import debs
import faults
import layers
import losing
import losses
import names
import needs
import pager_log
import results
import scenario
import stack
import state
import teardown
import trial
from command import CommandFailed
from host_shell import entering
from interrupts import Interrupted, cleaned_up_by

_WRONG_USAGE = 2
_STARTED = time.monotonic()


def say(text):
    """One line of progress, with the seconds since the start."""
    print(f"[{time.monotonic() - _STARTED:6.1f}] {text}", flush=True)


def command_trial(options):
    fault = faults.all_faults()[options.fault]
    with stack.temporary(say, debs.find(options.packages)) as lab, showing_journals(lab):
        records = trial.run_trials(lab, fault, options.trials, say)
        trial.show_summary(records, say)
        results.write(results.LAB_RESULTS, records)
        say(f"Records: {results.LAB_RESULTS.relative_to(results.REPOSITORY)}")
    good = sum(record["ok"] for record in records)
    print(f"{good} passed, {len(records) - good} failed", flush=True)
    return 0 if good == len(records) else 1


def command_lose(options):
    """One lab, or with --labs several at a time, each in a process of its own with its share of the trials."""
    loss = losses.all_losses()[options.loss]
    hosts = [name for _, name in zip(range(options.trials), itertools.cycle(loss.promises))]
    path = results.of_loss(loss.name)
    if options.labs > 1:
        records = losing.run_side_by_side(_lose_command(options), hosts, options.labs, say)
    else:
        with stack.temporary(say, debs.find(options.packages)) as lab, showing_journals(lab):
            lab.wait_all_well()
            records = losing.run_trials(lab, loss, options.hosts or hosts, say)
        path = options.to or path
    losing.show_summary(records, say)
    results.write(path, records)
    good, wanted = sum(record["ok"] for record in records), len(options.hosts or hosts)
    print(f"{good} passed, {wanted - good} failed", flush=True)
    return 0 if good == wanted else 1


def _lose_command(options):
    return [sys.executable, os.path.abspath(__file__), "lose", options.loss, "--packages", options.packages]


def command_pager_logs(_):
    """Writes the lab's part of docs/pager-logs.md from the records of all losses."""
    records = {name: results.read(results.of_loss(name)) for name in losses.all_losses()}
    text = results.PAGER_LOGS.read_text(encoding="utf-8")
    results.PAGER_LOGS.write_text(pager_log.put_into(text, losses.all_losses(), records), encoding="utf-8")
    return 0


def command_scenario(options):
    packages = debs.find(options.packages)
    if options.name != "all":
        return scenario.run_named(options.name, packages, options.seed, say)
    layers.lower_dirs(say, with_peers=True)   # Once, so that its progress is seen.
    command = [sys.executable, os.path.abspath(__file__), "scenario", "--packages", options.packages]
    return scenario.run_all(command, options.jobs, options.seed, say)


def command_up(options):
    teardown.remove_dead(say)
    built = None if options.without_faultline else debs.find(options.packages)
    lab_id, kept = state.State.start(), False

    def remove_unless_kept():
        if not kept:
            teardown.remove(lab_id)

    with cleaned_up_by(remove_unless_kept):
        lab = stack.bring_up(lab_id, say, built)
        if built:
            trial.show_checks(lab, say)
        state.State.read(lab_id).keep(lab_id)
        kept = True
    say(f"To play: {Path(__file__).name} shell db; then try: systemctl stop mysql")
    say(f"What the pager gets: {Path(__file__).name} pager. To end it: {Path(__file__).name} down")
    return 0


def command_down(options):
    lab_id = _chosen(options)
    with cleaned_up_by(lambda: teardown.remove(lab_id)):
        pass
    say(f"Lab {lab_id} is gone")
    return 0


def command_shell(options):
    machine = stack.Lab(_chosen(options)).machine(options.host)
    terminal = f"TERM={os.environ.get('TERM', 'dumb')}"
    return subprocess.call(entering(machine.leader, ["/bin/bash", "-l"], [terminal]))


def command_run(options):
    machine = stack.Lab(_chosen(options)).machine(options.host)
    return subprocess.call(entering(machine.leader, options.argv))


def command_pager(options):
    """Shows what has arrived, then what arrives, until Ctrl-C."""
    pager, shown = stack.Lab(_chosen(options)).pager, 0
    try:
        while True:
            for message in pager.messages(shown, wait=60):
                shown += 1
                print(f"--- {time.ctime(message['arrived_at'])} {message['body'].get('event')}\n"
                      f"{message['body'].get('text') or message['body']}\n", flush=True)
    except KeyboardInterrupt:
        return 0


def command_list(_):
    for lab_id in names.known_ids():
        print(f"{lab_id}  {'dead' if teardown.is_dead(lab_id) else 'running'}")
    return 0


def command_clean(_):
    say(f"{teardown.remove_dead(say)} dead labs removed")
    return 0


def command_prepare(options):
    with cleaned_up_by(lambda: None):   # So that SIGTERM, too, ends the build in good order.
        layers.lower_dirs(say, with_peers=options.with_peers)
    return 0


def showing_journals(lab):
    return scenario.showing_journals(lab, say)


def _chosen(options):
    """The lab that the person means: the one named by --id, or the only one there is."""
    alive = [lab_id for lab_id in names.known_ids() if not teardown.is_dead(lab_id)]
    if options.id:
        if options.id not in names.known_ids():
            raise WrongUsage(f"there is no lab {options.id}; running: {', '.join(alive) or 'none'}")
        return options.id
    if len(alive) != 1:
        raise WrongUsage("no lab is running: start one with 'up'" if not alive else
                         f"several labs are running: name one with --id ({', '.join(alive)})")
    return alive[0]


class WrongUsage(Exception):
    """The command line cannot be carried out; the text says why."""


def _positive(text):
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def _parser():
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name, run, text, with_id=False):
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(run=run)
        command.add_argument("--packages", default=debs.DEFAULT_DIR,
                             help="directory of Faultline's packages (default: build/deb)")
        if with_id:
            command.add_argument("--id", help="which lab, where several are running")
        return command

    one = add("trial", command_trial, "boot, break, hear of it, mend, clean up; as often as asked")
    one.add_argument("--fault", default="db-stop", choices=sorted(faults.all_faults()))
    one.add_argument("--trials", type=int, default=1)
    one = add("lose", command_lose, "lose a host without a goodbye, hear of it, mend; as often as asked")
    one.add_argument("loss", choices=sorted(losses.all_losses()))
    one.add_argument("--trials", type=_positive, default=1)
    one.add_argument("--labs", type=_positive, default=1, help="so many labs at a time, which share the trials")
    one.add_argument("--hosts", nargs="+", help="these instead of the loss's own in turn, one trial each")
    one.add_argument("--to", type=Path, help="where the records go (default: build/lab/LOSS.json)")
    add("pager-logs", command_pager_logs, "write docs/pager-logs.md anew from the records of all losses")
    one = add("scenario", command_scenario, "check one promise (or 'all') on a fresh lab")
    one.add_argument("name", choices=["all", *sorted(scenario.all_scenarios())])
    one.add_argument("--seed", type=int, default=0, help="0: a random one, which is printed")
    one.add_argument("--jobs", type=_positive, default=1, help="so many labs at a time, for 'all'")
    one = add("up", command_up, "boot a lab and leave it running")
    one.add_argument("--without-faultline", action="store_true", help="only the watched stack")
    add("down", command_down, "end a running lab", with_id=True)
    add("shell", command_shell, "a root shell in a host", with_id=True).add_argument("host")
    one = add("run", command_run, "run a command in a host: run db -- ss -tln", with_id=True)
    one.add_argument("host")
    one.add_argument("argv", nargs="+")
    add("pager", command_pager, "show the messages that arrive", with_id=True)
    add("list", command_list, "the labs of this machine")
    add("clean", command_clean, "remove what is left of labs whose owner is gone")
    one = add("prepare", command_prepare, "build the hosts' cached file systems now")
    one.add_argument("--with-peers", action="store_true", help="those of the benchmark too")
    return parser


def main():
    options = _parser().parse_args()
    if missing := needs.missing():
        print("The lab cannot run here. Missing: " + "; ".join(missing), file=sys.stderr)
        return needs.SKIPPED
    try:
        return options.run(options)
    except (WrongUsage, debs.PackagesMissing) as error:
        print(f"lab.py: {error}", file=sys.stderr)
        return _WRONG_USAGE
    except (CommandFailed, KeyError) as error:
        print(f"lab.py: {error.args[0] if error.args else error}", file=sys.stderr)
        return 1
    except Interrupted as signal:
        print(f"lab.py: {signal}", file=sys.stderr)
        return signal.exit_code
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
