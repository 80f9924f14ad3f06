"""Writes the few shapes of YAML that our configurations have (pure text)."""

import json


def dump(value):
    """The YAML text of a dict or list of dicts, lists, strings and numbers."""
    return "".join(f"{line}\n" for line in _lines(value))


def _lines(value):
    if isinstance(value, dict):
        for key, item in value.items():
            if isinstance(item, (dict, list)) and item:
                yield f"{key}:"
                yield from (f"  {line}" for line in _lines(item))
            else:
                yield f"{key}: {_scalar(item)}"
    elif isinstance(value, list):
        for item in value:
            first, *rest = list(_lines(item))
            yield f"- {first}"
            yield from (f"  {line}" for line in rest)
    else:
        yield _scalar(value)


def _scalar(value):
    # A JSON string is a valid double-quoted YAML scalar, so nothing needs to be guessed.
    return json.dumps(value)
