"""Finds the paths that a document names, and those that the tree does not have.

Two places: `paths in backticks` and the folder block (a fenced block whose lines are "name  what it is", nested by
indentation). Links [text](path#heading) count as well, relative to the document as a browser takes them. So do the Makefile's targets that a document tells to make.
Files that an example asks its reader to write stand in a comment: <!-- not in the tree: a/new_check.cc new.h -->
"""

import posixpath
import re

FENCE = re.compile(r"^\s*(```|~~~)")
BACKTICKS = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)\s#]*)(?:#([^)\s]*))?\)")
HEADING = re.compile(r"^#{1,6} +(.*?)\s*$")
WORD = re.compile(r"[\w.\-]+(/[\w.\-]+)*/?")
# A bare name with one of these is a source; a bare agent.yaml is a user's file.
FILE_ENDING = re.compile(r"\.(md|h|cc|proto|py|sh|cmake|supp)$")
EXAMPLES = re.compile(r"<!-- not in the tree: ([^>]*) -->")
# A folder block's line: names, each maybe with {a,b}, then two spaces and words, or nothing.
BLOCK_LINE = re.compile(r"^( *)([\w.{},\-/]+(?: [\w.{},\-/]+)*)(?:  +\S.*)?$")
MEDIA_TYPE = re.compile(r"^(text|application|image)/")


def expand(pattern):
    """agent.{h,cc} -> [agent.h, agent.cc]"""
    match = re.search(r"\{([^{}]*)\}", pattern)
    if not match:
        return [pattern]
    return [
        result
        for part in match.group(1).split(",")
        for result in expand(pattern[: match.start()] + part + pattern[match.end() :])
    ]


class Tree:
    def __init__(self, files):
        self.paths = set(files)
        for name in files:
            parts = name.split("/")
            self.paths.update("/".join(parts[:depth]) for depth in range(1, len(parts)))

    def has(self, path):
        return path.rstrip("/") in self.paths

    def has_ending(self, path):
        """Documents shorten: `rules/` for collector/rules, `mutex.h` for common/mutex.h."""
        path = path.rstrip("/")
        # `agent/checks/unit_verdict` means the .h and the .cc.
        return any(known == end or known.endswith("/" + end) for end in (path, path + ".h", path + ".cc") for known in self.paths)


def _is_path(word):
    if not WORD.fullmatch(word) or MEDIA_TYPE.match(word) or word.startswith(("build/", ".")) and word != ".ci/run":
        return False
    if "/" not in word:
        return bool(FILE_ENDING.search(word))
    return not word.isupper()


def _linked(target, folder):
    """The path from the root that a link of a document in `folder` leads to; None for one out of the tree."""
    if not target or "://" in target or target.startswith("mailto:"):
        return None
    return posixpath.normpath(posixpath.join(folder, target))


def missing(document, files, folder=""):
    """Sentences about the paths that the text of a document in `folder` names and the tree lacks."""
    tree = Tree([*files, *(name for names in EXAMPLES.findall(document) for name in names.split())])
    found = []
    block = None  # lines of the fenced block that is open
    for number, line in enumerate(document.splitlines(), 1):
        if FENCE.match(line):
            if block is None:
                block = []
            else:
                found += _missing_in_block(block, tree)
                block = None
            continue
        if block is not None:
            block.append((number, line))
            continue
        for span in BACKTICKS.findall(line):
            for word in span.split():
                for path in expand(word.rstrip(",:;")):
                    if _is_path(path) and not tree.has_ending(path):
                        found.append(f"line {number}: {path} is not in the tree")
        for target, _ in LINK.findall(line):
            path = _linked(target, folder)
            if path and not tree.has(path):
                found.append(f"line {number}: the link's {target} is not in the tree")
    return found


def anchors(document):
    """What links to the document's headings end with: "## What it costs" -> what-it-costs."""
    found = set()
    fenced = False
    for line in document.splitlines():
        fenced ^= bool(FENCE.match(line))
        heading = None if fenced else HEADING.match(line)
        if heading:
            found.add(re.sub(r"[^\w\- ]", "", heading.group(1).lower()).replace(" ", "-"))
    return found


def missing_headings(document, name, text_of):
    """Sentences about each link's #heading that its document lacks; text_of(path) is a text, "" where there is none."""
    found = []
    for number, line in enumerate(document.splitlines(), 1):
        for target, heading in LINK.findall(line):
            path = _linked(target, posixpath.dirname(name)) if target else name
            text = text_of(path) if heading and path and path.endswith(".md") else ""
            if text and heading not in anchors(text):
                found.append(f"line {number}: {path} has no heading #{heading}")
    return found


def missing_targets(document, makefile):
    """Sentences about each `make TARGET` of the document that the Makefile does not have."""
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))
    found = []
    fenced = False
    for number, line in enumerate(document.splitlines(), 1):
        if FENCE.match(line):
            fenced = not fenced
            continue
        named = [line] if fenced else BACKTICKS.findall(line)
        for command in named:
            match = re.match(r"\s*(?:\$ |# |sudo )*make ([a-z][a-z-]*)", command)
            if match and match.group(1) not in targets:
                found.append(f"line {number}: the Makefile has no target {match.group(1)}")
    return found


def _missing_in_block(block, tree):
    """A block is a folder block when its first line without indentation is a folder or file of the tree's root."""
    parsed = []
    for number, line in block:
        match = BLOCK_LINE.match(line.rstrip())
        if line.strip() and match:
            parsed.append((number, len(match.group(1)), match.group(2).split()))
    folders = [names for _, depth, names in parsed if depth == 0 and names[0].endswith("/")]
    if len(folders) < 3:
        return []
    found = []
    stack = []  # (indentation, folder)
    for number, depth, names in parsed:
        while stack and stack[-1][0] >= depth:
            stack.pop()
        parent = stack[-1][1] if stack else ""
        for name in names:
            for path in expand(parent + name):
                if not tree.has(path):
                    found.append(f"line {number}: the folder block's {path} is not in the tree")
        if names[0].endswith("/"):
            stack.append((depth, parent + names[0]))
    return found
