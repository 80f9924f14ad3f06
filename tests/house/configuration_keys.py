"""The keys that agent.yaml and collector.yaml may have, read out of the sources, and those that the page names.

The readers in agent/config and collector/config list the keys of each map where they open it:
    fields.Section("grace", {"restart", "upgrade", "reboot"})         a map within the root
    Required(root, "collector", {"address", "name"}, required)        the same, of agent.yaml
    const Fields entry(node, PATH, {"name", "webhook"}, errors)       an entry of a list (PATH says of which)
    Fields fields(root, "", {"listen", "tls"}, errors)                the root
Such a call whose keys are not spelled out is counted, so that none is passed over in silence.
"""

import pathlib
import re

COMMENT = re.compile(r"//[^\n]*")
TEXT = re.compile(r'"([^"\\]*)"')
OPENING = re.compile(r"(?:\b(\w+)\.(Section)|\b(Required)|\b(?:const )?(?:yaml::)?(Fields) (\w+))\(")
# The default is a text or a raw text.
FACT = re.compile(r'\{\s*"((?:site|database)\.\w+)",\s*(?:R"\((.*?)\)"|"([^"]*)"),')
COMMON_FIELD = re.compile(r'\bname == "(\w+)"')
ROW = re.compile(r"^\| `([^`]+)` \| (.*) \| (.*) \|$")
DURATION = re.compile(r'\b(\w+)\.Duration\(\s*"(\w+)",\s*([^;]*?)\);', re.DOTALL)


def arguments(text, start):
    """The arguments of the call whose "(" stands just before `start`, split at its own commas."""
    parts, depth, begin, quoted = [], 0, start, False
    for at in range(start, len(text)):
        letter = text[at]
        if letter == '"':
            quoted = not quoted
        if quoted:
            continue
        if letter in ")" and depth == 0:
            return [*parts, text[begin:at].strip()]
        if letter in "({[":
            depth += 1
        elif letter in ")}]":
            depth -= 1
        elif letter == "," and depth == 0:
            parts.append(text[begin:at].strip())
            begin = at + 1
    return parts


def listed(argument):
    """["a", "b"] of {"a", "b"}; None of anything else."""
    if not (argument.startswith("{") and argument.endswith("}")):
        return None
    return TEXT.findall(argument)


class Keys:
    """What one source says: maps by their place ("" is the root, "notify[]" an entry), and calls not understood."""

    def __init__(self, source, entries=""):
        self.maps = {}
        self.dynamic = 0
        source = COMMENT.sub("", source)
        for match in OPENING.finditer(source):
            given = arguments(source, match.end())
            keys = next((keys for keys in map(listed, given) if keys is not None), None)
            if keys is None:
                self.dynamic += 1
                continue
            receiver, _, required, fields, variable = match.groups()
            if fields and variable == "entry":
                place = entries
            elif fields:
                place = TEXT.fullmatch(given[1]).group(1)
            else:
                name = TEXT.fullmatch(given[1 if required else 0]).group(1)
                place = f"{entries}.{name}" if receiver == "entry" else name
            self.maps.setdefault(place, set()).update(keys)


def leaves(maps):
    """{"tls": {"ca"}, "": {"tls", "role"}} -> {"tls.ca", "role"}; a key with a map or entries of its own is none."""
    found = set()
    for place, keys in maps.items():
        for key in keys:
            path = f"{place}.{key}" if place else key
            if not any(other == path or other.startswith((path + ".", path + "[]")) for other in maps):
                found.add(path)
    return found


def merged(*sources):
    maps = {}
    for keys in sources:
        for place, names in keys.maps.items():
            maps.setdefault(place, set()).update(names)
    return maps


def facts(source):
    """{"site.address": "127.0.0.1"} of the declarations in agent/config/facts.cc."""
    return {name: raw or text for name, raw, text in FACT.findall(COMMENT.sub("", source))}


def common_fields(source):
    """The fields that every check has: IsCommonField in agent/config/check_reader.cc."""
    body = re.search(r"bool IsCommonField\([^)]*\) \{(.*?)\n\}", source, re.DOTALL).group(1)
    return set(COMMON_FIELD.findall(body))


def rows(page, heading):
    """{key: (default, meaning)} of the table below "## heading"."""
    section = page.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return {match.group(1): (match.group(2).strip(), match.group(3)) for match in map(ROW.match, section.splitlines()) if match}


def _seconds(expression, constants):
    """Of Span::Millis(100), Span::Seconds(365 * 86'400), Span{} or the name of such a constant."""
    expression = constants.get(expression, expression).replace("'", "")
    if expression == "Span{}":
        return 0
    unit, product = re.fullmatch(r"Span::(Millis|Seconds)\(([\d* ]+)\)", expression).groups()
    number = 1
    for factor in product.split("*"):
        number *= int(factor)
    return number / 1000 if unit == "Millis" else number


def in_words(seconds):
    """As the programs write it: 100ms, 5m, 1d."""
    if 0 < seconds < 1:
        return f"{round(seconds * 1000)}ms"
    for suffix, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{int(seconds // size)}{suffix}"
    return f"{int(seconds)}s"


def _shared_limits():
    """Where the configuration takes limits from that others have too."""
    return (pathlib.Path(__file__).resolve().parents[2] / "common/token_limits.h").read_text(encoding="utf-8")


def durations(source):
    """{"heartbeat": "100ms to 5m"}: the last part of each key that is read as a duration, with its limits."""
    source = COMMENT.sub("", source)
    constants = dict(re.findall(r"const(?:expr)? Span (\w+) = ([^;]+);", source + _shared_limits()))
    limits = {}
    for match in DURATION.finditer(source):
        least, most = match.group(3).split(",")[:2]
        limits[match.group(2)] = " to ".join(in_words(_seconds(each.strip(), constants)) for each in (least, most))
    return limits


def text_defaults(header):
    """{"listen_agents": "0.0.0.0:7443"}: the texts that a member of a configuration's struct begins with."""
    return dict(re.findall(r'std::string (\w+) = "([^"]*)";', COMMENT.sub("", header)))
