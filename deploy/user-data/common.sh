# shellcheck shell=bash
# Sourced by the role's script beside it: what every host of the stack needs.
#
# A step is a function. `step NAME FUNCTION...` says its name and runs it; the first command that fails ends the script
# with one line that names the step, which the agent's `bootstrap` check finds in cloud-init's output. A script may run
# again at any time: what is as it should be is not touched, and what a run that failed left undone is done.

shopt -s inherit_errexit
umask 022
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
settings=${FAULTLINE_USER_DATA:-/etc/faultline/user-data.env}
work=/run/faultline-user-data # What is begun and not ended; empty after a reboot, which starts every service anew.
changed=0
current_step='read the settings'

say() { printf 'faultline user-data: %s\n' "$*"; }

step() {
  current_step=$1
  shift
  say "$current_step (after $SECONDS s)"
  "$@"
}

on_exit() {
  local status=$?
  if [ "$status" != 0 ]; then
    say "FAILED in step \"$current_step\" (exit $status)" >&2
    # Two lines more: a message holds eight facts, and cloud-init's own words come last.
    say 'what it said stands above, and whole in /var/log/cloud-init-output.log' >&2
    say "when its cause is mended: sudo bash $0" >&2
  elif [ "$changed" = 0 ]; then
    say 'everything was as it should be; nothing was changed'
  fi
}
trap on_exit EXIT

fail() {
  printf '%s\n' "$*" >&2
  return 1
}

# shellcheck source=/dev/null
. "$settings"
install -d -m 0700 "$work"

# wants NAME...: settings that this role cannot do without.
wants() {
  local name
  for name in "$@"; do [ -n "${!name:-}" ] || fail "$name is not set in $settings"; done
}

# patiently COMMAND...: again and again; a route, a name or the NAT gateway may come later than the host.
patiently() {
  local end=$((SECONDS + ${USER_DATA_PATIENCE_S:-300}))
  until "$@"; do
    [ "$SECONDS" -lt "$end" ] || fail "given up: $*"
    sleep 5
  done
}

# place MODE OWNER:GROUP FILE [SERVICE]: the file from standard input, whole or not at all. When that changes it, the
# next `service SERVICE` restarts or reloads that one.
place() {
  local mode=$1 owner=$2 file=$3 service=${4:-}
  cat >"$work/new"
  if [ -f "$file" ] && cmp -s "$work/new" "$file" && [ "$(stat -c '%a %U:%G' "$file")" = "${mode#0} $owner" ]; then return; fi
  [ -z "$service" ] || touch "$work/$service.again"
  install -D -m "$mode" -o "${owner%:*}" -g "${owner#*:}" "$work/new" "$file.new"
  mv -f "$file.new" "$file"
  changed=1
}

# service NAME [reload]: enabled, running, and with the newest of its files.
service() {
  local name=$1 way=${2:-restart}
  if ! systemctl is-enabled --quiet "$name" 2>/dev/null; then
    systemctl enable --quiet "$name"
    changed=1
  fi
  if ! systemctl is-active --quiet "$name"; then
    systemctl start "$name"
    changed=1
  elif [ -e "$work/$name.again" ]; then
    systemctl "$way" "$name"
  fi
  rm -f "$work/$name.again"
}

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# It waits for the upgrades that a cloud image makes at its first start, keeps changed configuration files, and goes back to
# an older package where that is what the settings name.
apt() {
  DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confdef \
    -o Dpkg::Options::=--force-confold -o APT::Get::Allow-Downgrades=true "$@"
}

lists_are_new=0
new_lists() {
  [ $lists_are_new = 0 ] || return 0
  patiently apt -o APT::Update::Error-Mode=any update
  lists_are_new=1
}

# packages NAME...: from the distribution, which is asked for nothing when all are there.
packages() {
  local missing=() name
  for name in "$@"; do installed "$name" || missing+=("$name"); done
  [ ${#missing[@]} -gt 0 ] || return 0
  new_lists
  apt install -y --no-install-recommends "${missing[@]}"
  changed=1
}

# Ubuntu's image has AWS's agent for Session Manager, Debian's has none. Without a region there is no AWS.
session_manager() {
  [ -n "${AWS_REGION:-}" ] || return 0
  if installed amazon-ssm-agent || { command -v snap >/dev/null && snap list amazon-ssm-agent >/dev/null 2>&1; }; then return; fi
  patiently curl -fsS -o "$work/amazon-ssm-agent.deb" \
    "https://s3.$AWS_REGION.amazonaws.com/amazon-ssm-$AWS_REGION/latest/debian_$(dpkg --print-architecture)/amazon-ssm-agent.deb"
  apt install -y "$work/amazon-ssm-agent.deb"
  rm "$work/amazon-ssm-agent.deb"
  changed=1
}

# faultline_packages NAME...: out of a tar of .deb files (https, with its checksum), or a tar or folder on this host.
faultline_packages() {
  local from=${FAULTLINE_PACKAGE_URL#file://} sum=${FAULTLINE_PACKAGE_SHA256:-} stamp=$here/packages.installed folder name file files=()
  case $from in
    '') say 'FAULTLINE_PACKAGE_URL is empty: this host gets no Faultline'; return ;;
    /*) [ -n "$sum" ] || sum=$(find "$from" -type f -print0 | sort -z | xargs -0 cat | sha256sum | cut -d' ' -f1) ;;
    *) [ -n "$sum" ] || fail 'FAULTLINE_PACKAGE_SHA256 is needed for packages from elsewhere' ;;
  esac
  if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$sum $*" ]; then return; fi
  folder=$work/packages
  rm -rf "$folder"
  mkdir "$folder"
  case $from in
    /*) if [ -d "$from" ]; then folder=$from; else cp "$from" "$work/packages.tar"; fi ;;
    *) patiently curl -fsSL --proto '=https' --proto-redir '=https' -o "$work/packages.tar" "$from" ;;
  esac
  if [ "$folder" != "$from" ]; then
    printf '%s  %s\n' "$sum" "$work/packages.tar" | sha256sum --check --status ||
      fail "$from is not the file that FAULTLINE_PACKAGE_SHA256 names: its sum is $(sha256sum <"$work/packages.tar" | cut -d' ' -f1)"
    tar -xf "$work/packages.tar" -C "$folder" --no-same-owner
  fi
  for name in "$@"; do
    file=$(find "$folder" -name "${name}_*_$(dpkg --print-architecture).deb" | sort -V | tail -n 1)
    [ -n "$file" ] || fail "$from holds no package $name for $(dpkg --print-architecture)"
    files+=("$file")
  done
  # What they depend on is there already, or comes from the distribution.
  if ! apt --simulate install --no-install-recommends "${files[@]}" >/dev/null 2>&1; then new_lists; fi
  apt install -y --no-install-recommends "${files[@]}"
  rm -rf "$work/packages" "$work/packages.tar"
  place 0600 root:root "$stamp" <<<"$sum $*"
  changed=1
}

watched() { [ -n "${FAULTLINE_PACKAGE_URL:-}" ] && [ -n "${COLLECTOR_ADDRESS:-}" ]; }

# agent_yaml [CHECK...]: the agent's configuration, without these checks. Each role's script has the function `facts`.
agent_yaml() {
  local check names
  printf '# Written by user-data from %s.\nrole: %s\n' "$settings" "$ROLE"
  printf 'collector:\n  address: %s\n' "$COLLECTOR_ADDRESS"
  printf 'join:\n  address: %s\n  host: %s\n  token_file: /etc/faultline/join-token\n' "$ENROLMENT_ADDRESS" "$HOST_NAME"
  facts
  IFS=, read -r -a names <<<"${AGENT_DISABLE:-}"
  printf 'disable:\n'
  for check in "${names[@]}" "$@"; do printf '  - "%s"\n' "$check"; done
}

# The checks of the role that wait for what is installed later: all but those of the host itself.
later_checks() {
  agent_yaml >"$work/agent.yaml"
  faultline-agent --once --wait 100ms --output json --config "$work/agent.yaml" 2>/dev/null | python3 -c '
import json, sys
for check in json.load(sys.stdin)["checks"]:
    name = check["kind"] + ":" + check["target"]
    if check["kind"] not in ("bootstrap", "memory", "load", "clock", "identity") and name != "disk:/":
        print(name)' || true
}

# Early, so that a step which fails is told: the agent joins and watches this start itself. The checks of what is not
# installed yet would only cry; `watch_role` adds them.
watch_start() {
  watched || return 0
  place 0640 root:faultline-agent /etc/faultline/join-token <<<"${JOIN_TOKEN:-}"
  if [ -e /etc/faultline/agent.yaml ] && ! grep -q '^# First start' /etc/faultline/agent.yaml; then return; fi
  local text later
  mapfile -t later < <(later_checks)
  text=$(agent_yaml "${later[@]}")
  place 0644 root:root /etc/faultline/agent.yaml faultline-agent <<<"# First start: more is watched when it has ended well.
$text"
  service faultline-agent
}

watch_role() {
  watched || return 0
  local text way=reload lines='^(collector|join):|^  (address|host|token_file): '
  text=$(agent_yaml)
  # Where and as whom it joins is read at its start only.
  [ "$(grep -E "$lines" /etc/faultline/agent.yaml)" = "$(grep -E "$lines" <<<"$text")" ] || way=restart
  place 0644 root:root /etc/faultline/agent.yaml faultline-agent <<<"$text"
  faultline-agent --check-config
  service faultline-agent "$way"
}
