"""A truncated configuration and an unknown check kind are refused with a clear message."""

from scenario import expect

_WRONG_CONFIGURATION = 2
_AGENT = "/etc/faultline/agent.yaml"
_COLLECTOR = "/etc/faultline/collector.yaml"


def run(lab, say, rng):
    db, collector = lab.machine("db"), lab.machine("collector")
    good = db.run(["cat", _AGENT]).stdout
    cut = good[:good.rindex("disable") + len("disa")]
    unknown = good + 'checks:\n  - kind: "horoscope"\n    target: "leo"\n'
    _refused(db, "faultline-agent", cut, "", say)
    _refused(db, "faultline-agent", unknown, "horoscope", say)
    good = collector.run(["cat", _COLLECTOR]).stdout
    _refused(collector, "faultline-collector", good[:len(good) // 2].rpartition(":")[0], "", say)


def _refused(machine, program, text, said, say):
    path = "/tmp/broken.yaml"
    machine.run(["tee", path], input_text=text)
    done = machine.run([program, "--check-config", "--config", path], check=False)
    words = (done.stderr or done.stdout).strip()
    say(f"  {program}: {words}")
    expect(done.returncode == _WRONG_CONFIGURATION,
           f"{program} ended with {done.returncode} instead of {_WRONG_CONFIGURATION}: {words}")
    expect(words and said in words, f"{program} does not say what is wrong: {words!r}")
