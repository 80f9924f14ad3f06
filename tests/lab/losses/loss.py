"""What a loss is: how it is made and undone, and what the pager is to be told of it."""

import dataclasses
import typing


@dataclasses.dataclass(frozen=True)
class Promise:
    """What is told of one host's loss, and by when."""
    title: str                  # a part of the message that says what was lost
    at_least_s: float           # after the break; sooner would be rash
    at_most_s: float
    before: tuple = ()          # parts of the titles that may be told of it until then: what others see of it


@dataclasses.dataclass(frozen=True)
class Loss:
    """One thing that goes without a word, on one of several hosts in turn."""
    name: str
    words: str                  # the heading of its log
    what: str                   # one sentence: what is done to which host
    reason: str                 # of the message that says it
    severity: str
    promises: dict              # host's name in topology.py -> Promise
    break_it: typing.Callable   # (lab, name); gives CLOCK_MONOTONIC from just before, in nanoseconds
    mend: typing.Callable       # the same
