# Sourced by the scripts that run programs of scripts/setup: Debian's come first. Another Python, Node, CMake or protoc
# that stands first in PATH is of another version, or looks for its libraries elsewhere.
PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH
export PATH
