"""PURE: what must be true of the collector's store and the pager after any kills whatever.

Each function gives sentences about what is not. Times are seconds of CLOCK_REALTIME.
"""

import bisect

OK, WARNING, CRITICAL = 1, 2, 3
# Probes come every 100 ms; a busy machine may be late.
_LATENESS = 0.6


def known_in_time(name, changes, lives, rows, settle, until):
    """Of a port that stayed open or closed for `settle` while the agent ran, the history says so.

    `rows`: (host time, state) of its check in order of their numbers. Gives the sentences and how
    many changes had to be known.
    """
    wrong, owed = [], 0
    times = [at for at, _ in rows]
    for change, following in zip(changes, list(changes[1:]) + [None]):
        end = following.at if following else until
        # The latest moment at which the agent had watched this for long enough.
        moments = [min(end, died or until) for born, died in lives
                   if min(end, died or until) - max(born, change.at) >= settle]
        if not moments:
            continue
        owed += 1
        known = bisect.bisect_right(times, moments[-1])
        wanted = OK if change.is_open else CRITICAL
        if known == 0 or rows[known - 1][1] != wanted:
            wrong.append(f"{name} was {'open' if change.is_open else 'closed'} from "
                         f"{change.at:.3f} to {end:.3f}; the history says "
                         f"{rows[known - 1] if known else 'nothing'} at {moments[-1]:.3f}")
    return wrong, owed


def true_and_in_order(name, changes, rows):
    """Every word of the history was so when it was seen, and times do not go back."""
    wrong = []
    times = [change.at for change in changes]
    for before, (at, state) in zip([None] + rows, rows):
        first = max(bisect.bisect_right(times, at - _LATENESS) - 1, 0)
        last = bisect.bisect_right(times, at + 0.05)
        if not any(change.is_open == (state == OK) for change in changes[first:last]):
            wrong.append(f"{name}: state {state} at {at:.3f} was never true")
        if before and at < before[0]:
            wrong.append(f"{name}: {at:.3f} comes after {before[0]:.3f}")
    return wrong


def without_holes(numbers, gaps):
    """The numbers of a spool's stream and its gaps' ranges, together from 1 on, each once."""
    covered, wrong = 0, []
    spans = sorted([(number, number) for number in numbers] + list(gaps))
    for first, last in spans:
        if first > covered + 1:
            wrong.append(f"numbers {covered + 1} to {first - 1} are missing")
        elif first <= covered:
            wrong.append(f"number {first} is there twice")
        covered = max(covered, last)
    return wrong


def written_is_there(written, stored, gaps):
    """What lay in the agent's spool when it was killed is in the store."""
    missing = [number for number in sorted(written - stored)
               if not any(first <= number <= last for first, last in gaps)]
    return [f"number {number} lay in the spool and is not in the store" for number in missing]


def outages_told(rows, lives, incidents):
    """A live outage of a second that the collector lived through has an incident.

    `rows`: (received, state, is late) of one check; `incidents`: (since, resolved or None).
    """
    wrong, told = [], 0
    for (begin, state, late), (end, *_) in zip(rows, rows[1:]):
        if state != CRITICAL or late or end - begin < 1:
            continue
        if not any(born < begin and (died is None or died > begin + 1) for born, died in lives):
            continue
        told += 1
        if not any(since <= end and (resolved is None or resolved >= begin)
                   for since, resolved in incidents):
            wrong.append(f"the outage from {begin:.3f} to {end:.3f} has no incident")
    return wrong, told


def lines_told(lines, lives, told, settle, until):
    """A log line that the agent had the time to read and to count is in the store.

    `lines`: (word, when it was written); `told`: the words that are stored. What was read within
    the last seconds before a kill may be lost: it was counted in memory.
    """
    owed = [word for word, at in lines
            if any(born + settle <= at <= (died or until) - settle for born, died in lives)]
    return ([f"the log line with {word} is not in the store" for word in owed
             if word not in told], len(owed))


def messages(outbox, received):
    """Everything decided was delivered; what came twice came under the same key and said the same.

    `outbox`: (incident, newest sequence, when it was told or 0) rows; `received`: the pager's
    messages.
    """
    wrong, keys, heard = [], {}, set()
    for message in received:
        body = message["body"]
        said = {name: value for name, value in body.items() if name != "sent_at"}
        heard.add((body["incident"], body["sequence"]))
        if keys.setdefault(message["key"], said) != said:
            wrong.append(f"key {message['key']} came with two texts")
    owners = {}
    for key, body in keys.items():
        owner = owners.setdefault((body["incident"], body["sequence"]), key)
        if owner != key:
            wrong.append(f"one message came under the keys {owner} and {key}")
    for incident, sequence, delivered in outbox:
        if not delivered:
            wrong.append(f"message {sequence} of incident {incident} was not delivered")
        elif (incident, sequence) not in heard:
            wrong.append(f"message {sequence} of incident {incident} never came")
    return wrong
