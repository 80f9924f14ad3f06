"""Reads the collector's store after a campaign and holds it against what really happened."""

import time

import verdict

_NS = 1e9


def audit(scene, ports, log, settle):
    """Gives {"wrong": sentences, "figures": numbers for the report}."""
    wrong = []
    transitions = scene.rows("SELECT * FROM transitions ORDER BY start_number, seq")
    gaps = scene.rows("SELECT * FROM gaps")
    spools = {row["spool_id"] for row in transitions}
    if len(spools) != 1:
        wrong.append(f"the agent came under {len(spools)} identities")
    owed = told = 0
    incidents = scene.rows("SELECT subject, since, resolved_at FROM incidents WHERE version = 0")
    for number, port in enumerate(ports):
        rows = [row for row in transitions
                if row["check_kind"] == "port" and row["check_target"] == port.target]
        seen = [(row["host_time"] / _NS, row["state"]) for row in rows]
        found, due = verdict.known_in_time(port.target, port.changes, scene.agent.lives, seen,
                                           settle, time.time())
        owed += due
        wrong += found + verdict.true_and_in_order(port.target, port.changes, seen)
        spans = [(row["since"] / _NS, row["resolved_at"] / _NS or None) for row in incidents
                 if row["subject"] == f"service {number}"]
        found, due = verdict.outages_told(
            [(row["received"] / _NS, row["state"], row["late"]) for row in rows],
            scene.collector.lives, spans)
        told += due
        wrong += found
    for stream, table in ((1, "transitions"), (2, "log_events")):
        stored = {row["seq"] for row in scene.rows(f"SELECT seq FROM {table}")}
        ranges = [(gap["first_seq"], gap["last_seq"]) for gap in gaps if gap["stream"] == stream]
        written = {record.seq for record in scene.written
                   if record.stream == stream and record.body != 6}
        wrong += [f"{table}: {text}" for text in verdict.without_holes(stored, ranges)]
        wrong += [f"{table}: {text}" for text in
                  verdict.written_is_there(written, stored, ranges)]
    wrong += [f"gap: {gap}" for gap in gaps if "missing in the agent" in gap["why"]
              or "damaged" in gap["why"] or "bound" in gap["why"]]
    told_words = set(" ".join(row["sample"] for row in
                              scene.rows("SELECT sample FROM log_events")).split())
    found, owed_lines = verdict.lines_told(log.lines, scene.agent.lives, told_words, settle,
                                           time.time())
    wrong += found
    outbox = scene.rows("SELECT incident, version, at FROM told UNION ALL "
                        "SELECT incident, version, 0 FROM outbox")
    wrong += verdict.messages([(row["incident"], row["version"], row["at"])
                               for row in outbox], scene.pager.messages)
    open_ones = sum(1 for row in incidents if not row["resolved_at"])
    if open_ones:
        wrong.append(f"{open_ones} incidents are open although all is well")
    keys = [message["key"] for message in scene.pager.messages]
    return {"wrong": wrong, "figures": {
        "agent starts": len(scene.agent.lives),
        "collector starts": len(scene.collector.lives),
        "changes made": sum(len(port.changes) for port in ports),
        "changes owed": owed,
        "transitions stored": len(transitions),
        "transitions stored late": sum(row["late"] for row in transitions),
        "records found in the spool at kills": len(scene.written),
        "numbers skipped": sum(gap["last_seq"] - gap["first_seq"] + 1 for gap in gaps),
        "log lines written": len(log.lines),
        "log lines owed": owed_lines,
        "log lines lost in memory at a kill": sum(1 for word, _ in log.lines
                                                  if word not in told_words),
        "live outages owed an incident": told,
        "incidents": len(incidents),
        "incidents told of": len(outbox),
        "messages received": len(keys),
        "messages repeated under the same key": len(keys) - len(set(keys)),
    }}
