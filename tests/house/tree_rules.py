"""Small rules that every file of the tree keeps. Each function returns sentences about what breaks it."""

import pathlib
import re

# In pieces, so that this file does not break its own rule.
_CHECKOUTS = "|".join(("wo" + "rk", "fa" + "rm"))
_MACHINE_PATH = re.compile(
    r"(^|[^A-Za-z0-9_.}*])/((" + _CHECKOUTS + r")(/|\b(?=[\"'`\s]|$))|" + "ro" + r"ot/[\w.])"
)
_REGISTRIES = "|".join(("deb" + "ian", "npm" + "js", "pyp" + "i", "python" + "hosted", "gol" + "ang", "crat" + "es", "mav" + "en"))
_REGISTRY_HOST = re.compile(r"://[a-z0-9.\-]*(" + _REGISTRIES + r")[a-z0-9.\-]*")

# A test that sleeps or is switched off. In pieces for the same reason.
_SWITCHED_OFF = re.compile(r"\bDIS" + r"ABLED_")
_SLEEP = re.compile(r"\b(sleep" + r"_for\b|sleep" + r"_until\b|us" + r"leep\s*\(|nano" + r"sleep\s*\()")
_LOOP = re.compile(r"\b(while|for)\b")
_DEADLINE = re.compile(r"deadline|\bend\b|\buntil\b|_until\b", re.IGNORECASE)


def of_this_machine(path, text):
    """Paths of the machine it was written on, and hosts of package registries."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if _MACHINE_PATH.search(line):
            found.append(f"{path}:{number}: a path of one machine: {line.strip()[:100]}")
        if _REGISTRY_HOST.search(line):
            found.append(f"{path}:{number}: a package registry's host: {line.strip()[:100]}")
    return found


def header_guard(path, text):
    if not path.endswith(".h"):
        return []
    code = [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("//")]
    if "#pragma once" in code:
        return []
    if len(code) > 1 and code[0].startswith("#ifndef ") and code[1] == code[0].replace("#ifndef", "#define", 1):
        return []
    return [f"{path}: neither #pragma once nor an include guard"]


def check_without_test(files):
    """One check a file, one test a file."""
    known = set(files)
    return [
        f"{path}: has no tests/{path[:-3]}_test.cc"
        for path in files
        if path.startswith("agent/checks/") and path.endswith("_check.cc") and f"tests/{path[:-3]}_test.cc" not in known
    ]


def sleeping_or_disabled_test(path, text):
    """A test waits for a condition with a deadline: the pause inside such a loop is the only sleep."""
    is_load = path.startswith("tests/bench/")  # it paces itself; that is its work
    if is_load or not (path.startswith("tests/") and path.endswith((".cc", ".h"))):
        return []
    found = []
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        around = lines[max(0, number - 7) : number]
        polls = any(map(_LOOP.search, around)) and any(map(_DEADLINE.search, around))
        if _SWITCHED_OFF.search(line):
            found.append(f"{path}:{number}: is switched off: {line.strip()[:100]}")
        if _SLEEP.search(line) and not polls:
            found.append(f"{path}:{number}: sleeps: {line.strip()[:100]}")
    return found


def too_long(path, text):
    """One concept a file: most under 150 lines, split by 300; tests by 400."""
    if not path.endswith((".h", ".cc", ".py")):
        return []
    limit = 400 if path.startswith("tests/") else 300
    lines = text.count("\n")
    return [f"{path}: {lines} lines, split it by {limit}"] if lines > limit else []


def unexecutable_script(root, files):
    """What starts with #! in scripts/ and .ci/ can be run."""
    return [
        f"{name}: starts with #! and is not executable"
        for name in files
        if name.startswith(("scripts/", ".ci/"))
        and (pathlib.Path(root) / name).read_bytes()[:2] == b"#!"
        and not (pathlib.Path(root) / name).stat().st_mode & 0o100
    ]
