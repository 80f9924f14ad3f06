# shellcheck shell=bash
# Sourced by the role's script beside it: what every host of the stack needs. A placeholder so far.
