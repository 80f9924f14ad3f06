#!/usr/bin/python3
"""Writes nginx's allow-list from Terraform's ip_allowlist: addresses and networks between commas.

Usage: ip_allowlist.py LIST [FILE]      FILE: /etc/nginx/ip-allowlist.conf; without it, to stdout

An empty list lets everybody in. A wrong entry is named, nothing is written, and the exit code is 2.
Then: nginx -t && systemctl reload nginx
"""

import ipaddress
import os
import sys


def networks(text):
    """The networks of a list; raises ValueError, which names the entry and the fix."""
    found = []
    for entry in (part.strip() for part in text.split(",")):
        if not entry:
            continue
        try:
            found.append(ipaddress.ip_network(entry))
        except ValueError:
            raise ValueError(f"{entry!r} is no address and no network{_instead(entry)}") from None
    if text.strip() and not found:
        raise ValueError(f"{text!r} holds no address; write an empty list to let everybody in")
    return found


def directives(text):
    """The file's text."""
    allowed = networks(text)
    if not allowed:
        return "# No list is set: everybody may ask.\nallow all;\n"
    lines = [f"allow {network};" for network in allowed]
    return "\n".join(["# From ip_allowlist. This host itself is let in by flask-app.conf.",
                      *lines, "deny all;", ""])


def write(text, path):
    """Whole or not at all: nginx may be reloading."""
    made = directives(text)
    partial = f"{path}.new"
    with open(partial, "w", encoding="ascii") as file:
        file.write(made)
    os.chmod(partial, 0o644)
    os.replace(partial, path)


def _instead(entry):
    try:
        return f"; write {ipaddress.ip_network(entry, strict=False)}"
    except ValueError:
        return "; write one like 203.0.113.5 or 203.0.113.0/24"


def main(arguments):
    if len(arguments) not in (1, 2) or arguments[0] in ("-h", "--help"):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        if len(arguments) == 2:
            write(*arguments)
        else:
            sys.stdout.write(directives(arguments[0]))
    except ValueError as error:
        print(f"ip_allowlist: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"ip_allowlist: {error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
