"""`systemctl restart mysql` twenty times sends nothing."""

import time

from scenario import expect_silence

_RESTARTS = 20
_PAUSE = (2.1, 2.9)   # systemd itself refuses more than five starts in ten seconds.
_GRACE = 30           # An alert that was only put off would come when the grace ends.


def run(lab, say, rng):
    before, shell = lab.pager.count(), lab.machine("db").shell
    for number in range(1, _RESTARTS + 1):
        shell.type("systemctl restart mysql")
        say(f"  restart {number} of {_RESTARTS}")
        time.sleep(rng.uniform(*_PAUSE))
    lab.wait_all_well()
    say(f"  listening for {_GRACE + 2} s more, until the grace of the last restart is over")
    expect_silence(lab, before, _GRACE + 2)
