"""Writes result files under build/."""

import json
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
LAB_RESULTS = REPOSITORY / "build" / "lab" / "results.json"


def write(path, records):
    """Writes an array of records as JSON, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.write_text(json.dumps(records, indent=2) + "\n", encoding="utf-8")
    new.rename(path)
