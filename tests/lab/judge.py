"""Turns what was seen in one trial into its record (pure)."""

NS_PER_MS = 1e6


def is_opening(message, subject):
    """True for the webhook that opens an incident of that subject."""
    body = message["body"]
    return body.get("event") == "opened" and body.get("subject") == subject


def is_resolution(message, opening):
    """True for the webhook that resolves the incident which `opening` has opened."""
    body = message["body"]
    return (body.get("event") == "resolved"
            and body.get("dedup_key") == opening["body"].get("dedup_key"))


def record(fault, *, injected_ns, restored_ns, opened_ns, messages):
    """The record of one trial.

    injected_ns and restored_ns are from just before the commands, opened_ns is when the collector
    opened the incident (None when it did not); all are CLOCK_MONOTONIC, as the messages' arrival.
    """
    opening = next((m for m in messages if is_opening(m, fault.subject)), None)
    resolution = opening and next((m for m in messages if is_resolution(m, opening)), None)
    body = opening["body"] if opening else {}
    result = {
        "fault": fault.name,
        "expected_cause": fault.expected_cause,
        "diagnosed_cause": body.get("cause"),
        "alert": _alert(body),
        "reason": body.get("reason"),
        "detect_ms": _milliseconds(injected_ns, opened_ns),
        "notify_ms": _milliseconds(injected_ns, opening and opening["arrived_ns"]),
        "resolve_ms": _milliseconds(restored_ns, resolution and resolution["arrived_ns"]),
        "unexpected": [describe(m) for m in _unexpected(fault, opening, messages)],
    }
    result["ok"] = bool(
        resolution and result["reason"] in fault.reasons and not result["unexpected"]
        and result["detect_ms"] is not None and result["notify_ms"] <= fault.notify_within_ms)
    return result


def describe(message):
    """One line that says which message it is."""
    body = message["body"]
    return " ".join(str(body.get(key)) for key in ("event", "subject", "host", "reason", "title"))


def _unexpected(fault, opening, messages):
    """The messages beyond the failure's own list: of other incidents, repeated, or too many."""
    awaited, left = list(fault.expected_events), []
    for message in messages:
        body = message["body"]
        same = opening and body.get("dedup_key") == opening["body"].get("dedup_key")
        if same and awaited and body.get("event") == awaited[0]:
            awaited.pop(0)
        else:
            left.append(message)
    return left


def _alert(body):
    """The name of the alert that gives the message its reason."""
    alerts = body.get("alerts") or []
    first = next((a for a in alerts if a.get("reason") == body.get("reason")), None)
    chosen = first or (alerts[0] if alerts else {})
    return chosen.get("name")


def _milliseconds(start_ns, end_ns):
    return None if end_ns is None else round((end_ns - start_ns) / NS_PER_MS, 3)
