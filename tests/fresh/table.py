#!/usr/bin/env python3
"""Puts one run of a variant of `make test-fresh` into the table of docs/fresh.md; the other rows stay as they are."""

import argparse
import pathlib
import re

HEAD = ("| variant | what it shows | `make run` | of `make test` | seconds | run |\n"
        "| --- | --- | --- | --- | --- | --- |\n")
_ROW = re.compile(r"^\| `([a-z0-9-]+)` \|.*\|$")


def row(variant, shows, steps, seconds, failed, run):
    """`steps`: (run or test, words, seconds) of each step that was done, in order."""
    def cell(which):
        return ", ".join(f"{words} ({took} s)" for kind, words, took in steps if kind == which)
    runs, tests = cell("run"), cell("test") or "not run"
    if failed:
        if runs:
            tests = f"{cell('test')}, then FAILED".removeprefix(", then ")
        runs = runs or "FAILED"
    return f"| `{variant}` | {shows} | {runs} | {tests} | {seconds} | {run} |\n"


def with_row(page, order, new):
    """The page with this row in its table instead of the one of the same variant; rows in the order given."""
    lines = page.splitlines(keepends=True)
    start = next(number for number, line in enumerate(lines) if line.startswith("| variant |"))
    end = start
    while end < len(lines) and lines[end].startswith("|"):
        end += 1
    rows = {match[1]: line for line in lines[start:end] if (match := _ROW.match(line.strip()))}
    rows[_ROW.match(new.strip())[1]] = new
    known = [rows[name] for name in order if name in rows]
    return "".join(lines[:start]) + HEAD + "".join(known) + "".join(lines[end:])


def steps_of(text):
    return [(kind, words, int(took)) for kind, words, took in (line.split("\t") for line in text.splitlines())]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("page", type=pathlib.Path)
    parser.add_argument("variant")
    parser.add_argument("--order", required=True, help="all variants, comma separated")
    parser.add_argument("--shows", required=True)
    parser.add_argument("--steps", type=pathlib.Path, required=True)
    parser.add_argument("--seconds", type=int, required=True)
    parser.add_argument("--run", required=True, help="date and commit")
    parser.add_argument("--failed", action="store_true")
    asked = parser.parse_args()
    done = steps_of(asked.steps.read_text(encoding="utf-8")) if asked.steps.exists() else []
    new = row(asked.variant, asked.shows, done, asked.seconds, asked.failed, asked.run)
    asked.page.write_text(with_row(asked.page.read_text(encoding="utf-8"), asked.order.split(","), new), encoding="utf-8")


if __name__ == "__main__":
    main()
