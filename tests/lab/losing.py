"""One loss after the other, each on a stack where all is well and nothing was told yet."""

import random
import tempfile
import textwrap
import time
from pathlib import Path

import loss_judge
import results
import side_by_side
from percentiles import summary

_WITNESSES = 8        # Seconds after all are back until it is known who gets an answer from whom.
_IDLE = (0.0, 2.0)    # Losses come at any moment between two heartbeats.
_STAYS = 10           # Seconds that it stays lost after it was told: doubled and other words come then.
_QUIET = 8            # Seconds of listening for what should not come any more.
_PATIENCE = 20        # Seconds beyond what is promised.
_BACK_WITHIN = 120
_STORE = "/var/lib/faultline/collector/faultline.db"


def run_trials(lab, loss, hosts, say):
    """Loses each of `hosts` in turn; gives one record for each."""
    records = []
    for number, host in enumerate(hosts, 1):
        say(f"Loss {number} of {len(hosts)}: {loss.name}, {host}-1")
        record = _one(lab, loss, host, say)
        records.append(record)
        for each in record["messages"]:
            say(f"  {each['after_break']:9.1f} ms {each['event']:<8} {each['severity']:<8} {each['title']}")
        for sentence in record["wrong"]:
            say(f"  WRONG: {sentence}")
    return records


def run_side_by_side(command, hosts, labs, say):
    """Runs `command` once for each of so many labs, with a share of `hosts`; gives all records that were made."""
    shares = {f"lab {number + 1}": hosts[number::labs] for number in range(labs) if hosts[number::labs]}
    with tempfile.TemporaryDirectory() as directory:
        paths = {name: Path(directory, f"{name}.json") for name in shares}

        def ended(one):
            say(f"{one.name} has ended with {one.exit_code} after {one.seconds:.0f} s:")
            print(textwrap.indent(one.output, "    "), flush=True)

        side_by_side.run({name: [*command, "--to", str(paths[name]), "--hosts", *share]
                          for name, share in shares.items()}, labs, ended)
        for name in (name for name, path in paths.items() if not path.exists()):
            say(f"{name} left no records: {len(shares[name])} trials are missing")
        return [record for path in paths.values() for record in results.read(path)]


def show_summary(records, say):
    """The closing lines: distributions, and what went wrong."""
    for host in sorted({record["host"] for record in records}):
        of_host = [record for record in records if record["host"] == host]
        for key in ("first_ms", "said_ms", "resolved_ms"):
            say(f"{host:<10} {key:<12} {summary([r[key] for r in of_host if r[key] is not None])}")
    for record in records:
        for sentence in record["wrong"]:
            say(f"WRONG, {record['host']}: {sentence}")


def _one(lab, loss, host, say):
    pager, promise = lab.pager, loss.promises[host]
    _forget_history(lab)
    lab.wait_all_well()
    time.sleep(_WITNESSES + random.uniform(*_IDLE))
    before = pager.count()
    broken_ns = loss.break_it(lab, host)
    if not pager.wait_for(lambda m: loss_judge.says(m, loss), before, promise.at_most_s + _PATIENCE):
        say("  it was not told")
    time.sleep(_STAYS)
    mended_ns = loss.mend(lab, host)
    lab.wait_all_well(_BACK_WITHIN)
    time.sleep(_QUIET)
    return loss_judge.record(loss, host, pager.messages(before), broken_ns=broken_ns, mended_ns=mended_ns)


def _forget_history(lab):
    """What was out before is told as out once more, and the third time as coming and going: each trial is the first."""
    shell = lab.machine("collector").shell
    lab.pager.wait_settled()
    shell.type(f"rm -f {_STORE} {_STORE}-* && systemctl restart faultline-collector")
