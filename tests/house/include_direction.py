"""Which folder may include what: each layer only what stands above it.

The order is ARCHITECTURE's. A new folder gets its line here in the same change.
"""

import re

# From the top: a layer may include itself and every layer before it in its own program.
AGENT = ("agent/config", "agent/host", "agent/cloud", "agent/checks", "agent/init", "agent/spool", "agent/link", "agent")
COLLECTOR = (
    "collector/time_zone",
    "collector/config",
    "collector/model",
    "collector/rules",
    "collector/diagnosis",
    "collector/incidents",
    "collector/store",
    "collector/pipeline",
    "collector/security",
    "collector/ingest",
    "collector/enrolment",
    "collector/operator",
    "collector/notify",
    "collector/metrics",
    "collector/http",
    "collector/aws",
    "collector/provision",
    "collector",
)
PROGRAMS = (AGENT, COLLECTOR, ("cli",))
COMMON = "common"
PROTO = "faultline/v1/"

# Pure layers decide; they take time as an argument and touch nothing.
PURE = ("collector/rules", "collector/diagnosis")
IMPURE = re.compile(
    r"""^(
        faultline/v1/ | google/ | grpc | boost/ | sqlite | curl/ | openssl/ | systemd/ | prometheus/ | yaml-cpp/ | CLI/
      | sys/ | netinet/ | arpa/ | linux/ | net/ | unistd\.h | fcntl\.h | poll\.h | signal\.h
      | thread$ | mutex$ | shared_mutex$ | condition_variable$ | future$ | semaphore$
      | fstream$ | iostream$ | filesystem$ | cstdio$ | stdio\.h$ | ctime$ | time\.h$
      | common/mutex\.h$ | absl/synchronization/ | absl/time/clock\.h$
    )""",
    re.VERBOSE,
)
CLOCK = re.compile(r"(system_clock|steady_clock|high_resolution_clock)::now\b")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def layer_of(path):
    """The layer of a file or of an include's path; None when it is not one of ours."""
    if path.startswith(COMMON + "/"):
        return COMMON
    folder = path.rpartition("/")[0]
    for program in PROGRAMS:
        for layer in program:
            if folder == layer:
                return layer
    return None


def may_include(source, target):
    if target == COMMON or source == target:
        return True
    for program in PROGRAMS:
        if source in program:
            return target in program and program.index(target) < program.index(source)
    return False


def problems(sources):
    """Sentences about {path: text}; tests are free to include everything."""
    found = []
    for path, text in sorted(sources.items()):
        top = path.partition("/")[0]
        if top not in ("common", "agent", "collector", "cli"):
            continue
        layer = layer_of(path)
        if layer is None:
            found.append(f"{path}: its folder has no place in the order of layers (tests/house/include_direction.py)")
            continue
        for number, line in enumerate(text.splitlines(), 1):
            where = f"{path}:{number}"
            if layer in PURE and CLOCK.search(line):
                found.append(f"{where}: {layer} is pure and reads a clock")
            match = INCLUDE.match(line)
            if not match:
                continue
            target = match.group(2)
            if layer in PURE and IMPURE.match(target):
                found.append(f"{where}: {layer} is pure and includes {target}")
            target_top = target.partition("/")[0]
            if target.startswith(PROTO):
                if layer == COMMON:
                    found.append(f"{where}: common knows no wire and includes {target}")
            elif target_top == "tests":
                found.append(f"{where}: a program includes {target}")
            elif target_top in ("common", "agent", "collector", "cli"):
                target_layer = layer_of(target)
                if target_layer is None:
                    found.append(f"{where}: {target} is in a folder without a place in the order of layers")
                elif not may_include(layer, target_layer):
                    found.append(f"{where}: {layer} includes {target}, which does not stand above it")
            elif match.group(1) == '"' and "/" not in target:
                found.append(f'{where}: "{target}" is not a path from the root of the tree')
    return found
