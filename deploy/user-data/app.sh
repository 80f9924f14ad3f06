#!/usr/bin/env bash
# Sets up the host of role app from /etc/faultline/user-data.env. A placeholder so far.
set -euo pipefail
. "$(dirname "$0")/common.sh"
. /etc/faultline/user-data.env
