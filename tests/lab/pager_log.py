"""The records of losses as a document: figures, and what the pager got in one trial (pure)."""

import statistics

from percentiles import percentile

_BEGIN, _END = "<!-- written by `make lab-lost`: begin -->", "<!-- written by `make lab-lost`: end -->"
_FIGURES = (("first_ms", "first message, after the break"), ("said_ms", "the message that says it, after the break"),
            ("resolved_ms", "`resolved`, after it was mended"))


def put_into(document, losses, records):
    """The document with what stands between its two marks written anew.

    losses: by name, in the order of their sections; records: by the same names, those without any are left out.
    """
    before, _, rest = document.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    if not after:
        raise ValueError("the document lacks the marks between which the lab's part stands")
    sections = [section(loss, records[name]) for name, loss in losses.items() if records.get(name)]
    return "\n\n".join([f"{before}{_BEGIN}", *sections, f"{_END}{after}"])


def section(loss, records):
    """One loss: what is done, a table of figures by host, and the log of one trial of each."""
    lines = [f"## {loss.words}", "", loss.what, "", *_table(records)]
    for host in _hosts(records):
        of_host = [record for record in records if record["host"] == host]
        lines += ["", f"### {host}-1", "", "```", *log(_typical(of_host)), "```"]
    return "\n".join(lines)


def log(record):
    """What the pager got in one trial, line by line, with the seconds since the break."""
    lines = [_moment(0, f"-- {record['host']}-1: {record['loss'].replace('-', ' ')} --")]
    was_mended = False
    for each in record["messages"]:
        if each["after_mend"] is not None and not was_mended:
            was_mended = True
            lines.append(_moment(each["after_break"] - each["after_mend"], "-- mended --"))
        lines.append(_moment(each["after_break"], f"{each['event']}, {each['severity']}"))
        lines += [f"    {line}" for line in each["text"].splitlines()]
    return lines


def _table(records):
    lines = ["| host | what | n | min | median | p99 | max |", "| --- | --- | --- | --- | --- | --- | --- |"]
    for host in _hosts(records):
        of_host = [record for record in records if record["host"] == host]
        for key, what in _FIGURES:
            values = [record[key] for record in of_host if record[key] is not None]
            figures = (min(values), statistics.median(values), percentile(values, 99), max(values)) if values else ()
            lines.append(f"| {host}-1 | {what} | {len(values)} of {len(of_host)} | "
                         + " | ".join(f"{figure:,.0f} ms" for figure in figures) + " |")
    wrong = sum(bool(record["wrong"]) for record in records)
    return [*lines, "", f"Told wrongly, doubled or not at all: {wrong} of {len(records)}."]


def _hosts(records):
    return sorted({record["host"] for record in records})


def _typical(records):
    """The record in the middle, by when it was told; of those that went as promised, where any did."""
    chosen = [record for record in records if record["ok"]] or records
    return sorted(chosen, key=lambda record: record["said_ms"] or 0)[(len(chosen) - 1) // 2]


def _moment(after_ms, what):
    return f"{after_ms / 1000:+8.3f} s  {what}"
