"""Reads what lies in an agent's spool: the records that it had written before it was killed.

A second reader, on purpose not the agent's own: agent/spool/frame.h has the format.
"""

import dataclasses
import struct
import zlib

_HEADER = struct.Struct("<II")
_STREAMS = {"transitions": 1, "log-events": 2}


@dataclasses.dataclass(frozen=True)
class Record:
    """One record: its stream and number, and the field of Record's `body` (4 transition, 5 log
    event, 6 gap)."""
    stream: int
    seq: int
    body: int


def read(directory):
    """All whole records of all segments in a spool's directory, as a set."""
    records = set()
    for prefix in _STREAMS:
        for path in sorted(directory.glob(f"{prefix}-*.log")):
            try:
                records.update(frames(path.read_bytes()))
            except FileNotFoundError:
                pass
    return records


def frames(data):
    """The records at the beginning of a segment, up to the first frame that is not whole."""
    at = 0
    while at + _HEADER.size <= len(data):
        length, checksum = _HEADER.unpack_from(data, at)
        payload = data[at + _HEADER.size:at + _HEADER.size + length]
        if len(payload) != length or zlib.crc32(data[at:at + 4] + payload) != checksum:
            return
        yield _record(payload)
        at += _HEADER.size + length


def _record(payload):
    fields = dict(_fields(payload))
    body = next((number for number in (4, 5, 6) if number in fields), 0)
    return Record(fields.get(1, 0), fields.get(2, 0), body)


def _fields(payload):
    """Field numbers and values of a protobuf message; of nested ones the bytes."""
    at = 0
    while at < len(payload):
        key, at = _varint(payload, at)
        if key & 7 == 0:
            value, at = _varint(payload, at)
        elif key & 7 == 1:
            value, at = payload[at:at + 8], at + 8
        elif key & 7 == 2:
            size, at = _varint(payload, at)
            value, at = payload[at:at + size], at + size
        elif key & 7 == 5:
            value, at = payload[at:at + 4], at + 4
        else:
            raise ValueError(f"wire type {key & 7} in a record")
        yield key >> 3, value


def _varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
