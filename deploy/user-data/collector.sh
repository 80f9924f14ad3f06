#!/usr/bin/env bash
# Sets up the host of role collector from /etc/faultline/user-data.env: the collector with its own authority, the command,
# an agent for this host and, where wanted, Prometheus. May run again at any time and then changes nothing.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/collector-service.sh"

# What this host must not be able to reach.
facts() {
  [ -z "${DB_HOST:-}" ] || printf 'database:\n  address: %s:%s\n' "$DB_HOST" "${DB_PORT:-3306}"
}

# Beside Faultline, for graphs, and as a witness who is not Faultline: it tells when the collector itself is gone.
prometheus() {
  [ "${ENABLE_PROMETHEUS:-}" = true ] || return 0
  packages prometheus prometheus-alertmanager
  place 0644 root:root /etc/prometheus/prometheus.yml prometheus <<'END'
# Written by user-data.
global: {scrape_interval: 15s, evaluation_interval: 15s}
rule_files: [/etc/prometheus/faultline.yml]
alerting:
  alertmanagers:
    - static_configs: [{targets: ["127.0.0.1:9093"]}]
scrape_configs:
  - job_name: faultline
    static_configs: [{targets: ["127.0.0.1:7480"]}]
END
  place 0644 root:root /etc/prometheus/faultline.yml prometheus <<'END'
# Written by user-data.
groups:
  - name: faultline
    rules:
      - alert: FaultlineCollectorDown
        expr: up{job="faultline"} == 0
        for: 1m
        annotations: {summary: "Faultline's collector does not answer: nobody watches the stack"}
END
  place 0640 root:prometheus /etc/prometheus/alertmanager.yml prometheus-alertmanager <<END
# Written by user-data.
route: {receiver: people}
receivers:
  - name: people
$([ -z "${WEBHOOK_URL:-}" ] || printf '    webhook_configs: [{url: %s}]' "$(yaml_text "$WEBHOOK_URL")")
END
  # Nobody else has to reach them.
  place 0644 root:root /etc/default/prometheus prometheus <<<'ARGS="--web.listen-address=127.0.0.1:9090"'
  place 0644 root:root /etc/default/prometheus-alertmanager prometheus-alertmanager <<<"ARGS=\"--web.listen-address=127.0.0.1:9093 --cluster.listen-address=''\""
  service prometheus-alertmanager
  service prometheus
}

step 'check the settings' wants ROLE HOST_NAME HOST_ADDRESS STACK_NAME ENVIRONMENT AGENT_PORT ENROLMENT_PORT
step 'install tools' packages curl ca-certificates
step 'install Faultline' faultline_packages faultline-collector faultline-cli faultline-agent
step 'start the collector' collector_service
step 'start the agent' watch_start
step 'install the agent of Session Manager' session_manager
step 'start Prometheus' prometheus
step 'watch what a host of this role has' watch_role
