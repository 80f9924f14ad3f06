"""The benchmarks' common result file: an array of {name, value, unit, peer, peer_value, ratio}."""

import json

import results

FILE = results.REPOSITORY / "build" / "bench" / "results.json"


def record(name, value, unit, peer, peer_value):
    """One figure beside its peer's, measured in the same run; ratio is value / peer_value."""
    ratio = round(value / peer_value, 4) if peer_value else None
    return {"name": name, "value": value, "unit": unit, "peer": peer, "peer_value": peer_value,
            "ratio": ratio}


def merge(old, new):
    """The old records, with those of the same names replaced, and the other new ones after them."""
    fresh = {each["name"]: each for each in new}
    merged = [fresh.pop(each["name"], each) for each in old]
    return merged + list(fresh.values())


def save(new):
    """Puts records into the file, keeping those of other benchmarks."""
    old = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else []
    results.write(FILE, merge(old, new))
