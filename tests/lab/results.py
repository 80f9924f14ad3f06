"""Writes result files under build/."""

import json
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
LAB_RESULTS = REPOSITORY / "build" / "lab" / "results.json"
PAGER_LOGS = REPOSITORY / "docs" / "pager-logs.md"


def of_loss(name):
    """Where the records of that loss are kept."""
    return LAB_RESULTS.with_name(f"{name}.json")


def read(path):
    """The records that were written there; none where nothing was."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else []


def write(path, records):
    """Writes an array of records as JSON, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.write_text(json.dumps(records, indent=2) + "\n", encoding="utf-8")
    new.rename(path)
