# shellcheck shell=bash
# shellcheck disable=SC2154 # settings is of common.sh
# Sourced where a collector runs: on its own host, or on the application's.

# A text as YAML's double-quoted scalar.
yaml_text() {
  local text=${1//\\/\\\\}
  printf '"%s"' "${text//\"/\\\"}"
}

collector_yaml() {
  printf '# Written by user-data from %s.\n' "$settings"
  printf 'listen:\n  agents: 0.0.0.0:%s\n  enrolment: 0.0.0.0:%s\n  http: 127.0.0.1:7480\n' "$AGENT_PORT" "$ENROLMENT_PORT"
  if [ -n "${JOIN_TOKEN:-}" ]; then
    printf 'authority:\n  tokens:\n    - {file: /etc/faultline/first-token, stack: %s, env: %s, roles: [app, db, collector], uses: 20, ttl: 30d, replace: true}\n' \
      "$STACK_NAME" "$ENVIRONMENT"
  fi
  # The links of messages: people reach the page by a forwarded port.
  printf 'display:\n  url: http://127.0.0.1:7480\n'
  [ -z "${TIMEZONE:-}" ] || printf '  timezone: %s\n' "$TIMEZONE"
  [ -z "${WEBHOOK_URL:-}" ] || printf 'notify:\n  - name: webhook\n    webhook:\n      url: %s\n' "$(yaml_text "$WEBHOOK_URL")"
}

collector_service() {
  [ -n "${FAULTLINE_PACKAGE_URL:-}" ] || return 0
  local text
  # A file of its own: the agent's belongs to another user.
  [ -z "${JOIN_TOKEN:-}" ] || place 0640 root:faultline-collector /etc/faultline/first-token faultline-collector <<<"$JOIN_TOKEN"
  text=$(collector_yaml)
  place 0640 root:faultline-collector /etc/faultline/collector.yaml faultline-collector <<<"$text"
  faultline-collector --check-config
  service faultline-collector
}
