"""Percentiles of a few measurements (pure)."""

import math


def percentile(values, percent):
    """The nearest-rank percentile: always one of the values. None when there are none."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)]


def summary(values):
    """One line: how many, p50, p99 and the extremes, of milliseconds."""
    if not values:
        return "none"
    return (f"n={len(values)} p50={percentile(values, 50):.1f} p99={percentile(values, 99):.1f} "
            f"min={min(values):.1f} max={max(values):.1f} ms")
