"""Turns what the pager got in one loss into its record (pure)."""

import dataclasses

_NS_PER_MS = 1e6
_GRAVITY = ("info", "warning", "critical")


@dataclasses.dataclass(frozen=True)
class Told:
    """One message as the pager got it, with its times in milliseconds; after_mend is None before that."""
    after_break: float
    after_mend: float | None
    event: str
    severity: str
    reason: str
    title: str
    text: str
    incident: int


def told(messages, *, broken_ns, mended_ns):
    """The messages of a trial as Told, in order of arrival."""
    return [Told(after_break=_ms(broken_ns, each["arrived_ns"]),
                 after_mend=_ms(mended_ns, each["arrived_ns"]) if each["arrived_ns"] >= mended_ns else None,
                 **{key: each["body"].get(key) for key in ("event", "severity", "reason", "title", "text", "incident")})
            for each in messages]


def says(message, loss):
    """True for the webhook that says what was lost."""
    body = message["body"]
    return body.get("event") in ("opened", "updated") and body.get("reason") == loss.reason


def record(loss, host, messages, *, broken_ns, mended_ns):
    """The record of one trial; `wrong` has a sentence for whatever was not as promised."""
    all_told = told(messages, broken_ns=broken_ns, mended_ns=mended_ns)
    said = next((each for each in all_told if each.reason == loss.reason and each.event != "resolved"), None)
    end = next((each for each in all_told if each.event == "resolved" and said and each.incident == said.incident), None)
    wrong = _wrong(loss, loss.promises[host], all_told, said, end)
    return {
        "loss": loss.name,
        "host": host,
        "first_ms": all_told[0].after_break if all_told else None,
        "said_ms": said and said.after_break,
        "resolved_ms": end and end.after_mend,
        "messages": [dataclasses.asdict(each) for each in all_told],
        "wrong": wrong,
        "ok": not wrong,
    }


def _wrong(loss, promise, all_told, said, end):
    if said is None:
        return ["it was not told", *(f"told instead: {each.event} {each.title}" for each in all_told)]
    wrong = []
    if not promise.at_least_s * 1000 <= said.after_break <= promise.at_most_s * 1000:
        wrong.append(f"told after {said.after_break:.0f} ms, not {promise.at_least_s} to {promise.at_most_s} s")
    if promise.title not in said.title:
        wrong.append(f"it does not say '{promise.title}': {said.title}")
    if said.severity != loss.severity:
        wrong.append(f"told as {said.severity}, not {loss.severity}")
    if end is None:
        wrong.append("its end was not told")
    elif end.after_mend is None:
        wrong.append("its end was told before it was mended")
    place = all_told.index(said)
    for number, each in enumerate(all_told):
        if each is said or each is end:
            continue
        is_symptom = (number < place and each.incident == said.incident and each.event != "resolved"
                      and any(part in each.title for part in promise.before))
        if not is_symptom:
            wrong.append(f"told besides: {each.event} {each.title}")
        if _GRAVITY.index(each.severity) > _GRAVITY.index(loss.severity):
            wrong.append(f"told graver than it is: {each.severity} {each.title}")
    events = [each.event for each in all_told if each.incident == said.incident]
    if events[0] != "opened" or events.count("opened") > 1:
        wrong.append(f"its messages are {', '.join(events)}")
    return wrong


def _ms(start_ns, end_ns):
    return round((end_ns - start_ns) / _NS_PER_MS, 1)
