"""Waiting for a condition, never for a time."""

import time


def until(condition, what, seconds=40):
    """What `condition()` gives once it is true; fails naming `what` when it does not become so."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what() if callable(what) else what}")
        time.sleep(0.01)
