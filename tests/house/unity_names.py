"""Names that collide when several sources of a folder are compiled as one (FAULTLINE_UNITY).

The compiler sees a collision only between sources of one batch, and batches move with every new file: so no name in an
anonymous namespace may be there twice in a folder, or hide a name of the folder's headers or of common/.
"""

import re

_NAMESPACE = re.compile(r"^namespace(?: [\w:]+)? \{")
_TYPE = re.compile(r"^(?:struct|class|enum class|enum|union) (\w+)")
_ALIAS = re.compile(r"^(?:using|namespace) (\w+) =")
_USING = re.compile(r"^using (?:namespace )?[\w:]+;")
_NOT_A_NAME = re.compile(r"^(?:template|namespace|static_assert|extern|TEST|INSTANTIATE|[A-Z]+_[A-Z_]*\()")
_DECLARED = re.compile(r"(\w+)\s*(?:[(\[{=;]|FAULTLINE_\w+\(|$)")
# One program a file, or the program's own source: never compiled together with another.
_ALONE = re.compile(r"(^|/)main\.cc$|^tests/(fuzz|sanitizers|browser)/")


def _without_arguments(line):
    """Without what stands in <>: std::map<a, b> x -> std::map x."""
    while (shorter := re.sub(r"<[^<>]*>", "", line)) != line:
        line = shorter
    return line


def _declared(line):
    """The name that a line at the left margin declares; None for all others."""
    if not line or line[0] in " }/#)" or _USING.match(line):
        return None
    known = _TYPE.match(line) or _ALIAS.match(line)
    if known:
        return known.group(1)
    if _NOT_A_NAME.match(line) or "operator" in line:
        return None
    found = _DECLARED.search(_without_arguments(line))
    return found.group(1) if found else None


def anonymous(text):
    """[(line number, name, line)] of what anonymous namespaces declare."""
    found, inside = [], False
    for number, line in enumerate(text.splitlines(), 1):
        if _NAMESPACE.match(line):
            inside = line.startswith("namespace {")
        elif line.startswith("}  // namespace"):
            inside = False
        elif inside and (name := _declared(line)):
            found.append((number, name, line))
    return found


def _public(text):
    """{name: line} of what a header declares."""
    return {name: line for line in text.splitlines() if (name := _declared(line))}


def _same_alias(line, other):
    return line == other and _ALIAS.match(line)


def collisions(sources):
    """Sentences on {path: text}."""
    public = {}  # (folder, name) -> (header, line)
    for path, text in sources.items():
        if path.endswith(".h"):
            public.update({(path.rpartition("/")[0], name): (path, line) for name, line in _public(text).items()})
    found, first = [], {}
    for path, text in sources.items():
        if not path.endswith(".cc") or _ALONE.search(path):
            continue
        folder = path.rpartition("/")[0]
        for number, name, line in anonymous(text):
            tested = folder.removeprefix("tests/")
            header, its_line = next((public[at, name] for at in (folder, tested, "common") if (at, name) in public), ("", ""))
            if header and not _same_alias(line, its_line):
                found.append(f"{path}:{number}: {name} is in {header} too: give it a more exact name")
            other, its_line = first.setdefault((folder, name), (path, line))
            if other != path and not _same_alias(line, its_line):
                found.append(f"{path}:{number}: {name} is in {other} too: share it in a header, or give it a more exact name")
    return found
