#!/usr/bin/env bash
# Sets up the host of role app from /etc/faultline/user-data.env: the Flask application, nginx with TLS before it, its
# certificate, the agent. May run again at any time and then changes nothing; new code comes by `git pull`.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/collector-service.sh"

app=/opt/flask-app
own_certificate=/etc/ssl/flask-app

name() { printf '%s' "${APP_DOMAIN_NAME:-$HOST_ADDRESS}"; }
wants_certbot() { [ -n "${APP_DOMAIN_NAME:-}" ] && [ -n "${APP_ACME_EMAIL:-}" ]; }
has_issued() { [ -n "${APP_DOMAIN_NAME:-}" ] && [ -e "/etc/letsencrypt/live/$APP_DOMAIN_NAME/fullchain.pem" ]; }
certificate() { if has_issued; then printf '/etc/letsencrypt/live/%s' "$APP_DOMAIN_NAME"; else printf '%s' "$own_certificate"; fi; }

facts() {
  printf 'site:\n  domain: %s\n  certificate: %s/fullchain.pem\n' "$(name)" "$(certificate)"
  # Of this application; the role knows no other's.
  cat <<'END'
  unit: flask-app.service
  health_body: '"status"\s*:\s*"ok"'
  db_check: /db-check
  access_log: /var/log/nginx/flask_access.log
END
  has_issued || printf '  ca: %s/fullchain.pem\n' "$own_certificate"
  printf 'database:\n  address: %s:%s\n' "$DB_HOST" "$DB_PORT"
  [ -z "${DB_MONITOR_PASSWORD:-}" ] || printf '  password_file: /etc/faultline/mysql.password\n'
  if wants_certbot && ! has_issued; then
    # In the role's place: our own will do until certbot has another, but not unnoticed.
    printf 'checks:\n  - {kind: certificate, target: %s/fullchain.pem, hostname: %s, served: "127.0.0.1:443", served_name: %s, ca: %s/fullchain.pem, require_chain: yes}\n' \
      "$own_certificate" "$(name)" "$(name)" "$own_certificate"
  fi
}

collector_here() {
  [ "${COLLECTOR_COLOCATED:-}" = true ] || return 0
  faultline_packages faultline-collector faultline-cli faultline-agent
  collector_service
}
our_packages() { [ "${COLLECTOR_COLOCATED:-}" = true ] || faultline_packages faultline-agent; }

stack_packages() {
  # The last ones are for whom the runbook sends here.
  packages git nginx gunicorn python3-flask python3-sqlalchemy python3-pymysql python3-cryptography openssl \
    default-mysql-client netcat-openbsd iputils-ping
  if wants_certbot; then packages certbot python3-certbot-nginx; fi
}

# A git repository, here or elsewhere, or a plain folder on this host. Whole or not at all.
code() {
  if [ -e "$app" ]; then return; fi
  rm -rf "$app.new"
  if [ -d "$APP_REPO_URL" ] && [ ! -e "$APP_REPO_URL/.git" ] && [ ! -e "$APP_REPO_URL/HEAD" ]; then
    cp -r "$APP_REPO_URL" "$app.new"
  else
    patiently clone
  fi
  cd "$app.new"
  # The runbook's paths, wherever the repository keeps the application.
  if [ -d deploy/app/flask_app ]; then
    ln -s deploy/app app
    [ -e db ] || ln -s deploy/app/db db
  elif [ -d flask_app ]; then
    ln -s . app
  fi
  [ -d app/flask_app ] || fail "$APP_REPO_URL has no folder flask_app, app/flask_app or deploy/app/flask_app"
  ln -s /etc/flask-app.env app/flask_app/.env
  cd /
  mv "$app.new" "$app"
  changed=1
}
clone() {
  rm -rf "$app.new"
  GIT_TERMINAL_PROMPT=0 git clone --quiet "$APP_REPO_URL" "$app.new"
}

# Where the repository has a file of the host's: beside the application, or at its top.
of_code() {
  local folder
  for folder in "$app/app" "$app"; do
    if [ -f "$folder/$1" ]; then
      printf '%s' "$folder/$1"
      return
    fi
  done
  fail "$APP_REPO_URL has no $1"
}

# A value as systemd reads it from an environment file.
quoted() {
  local text=${1//\\/\\\\}
  text=${text//\"/\\\"}
  text=${text//\$/\\\$}
  printf '"%s"' "${text//\`/\\\`}"
}

application() {
  local file
  file=$(of_code systemd/flask-app.sysusers)
  # nginx comes into the application's group by this: it has to see it.
  place 0644 root:root /usr/lib/sysusers.d/flask-app.conf nginx <"$file"
  id flask-app >/dev/null 2>&1 || systemd-sysusers flask-app.conf
  place 0600 root:root /etc/flask-app.env flask-app <<END
DB_HOST=$(quoted "$DB_HOST")
DB_PORT=$(quoted "$DB_PORT")
DB_NAME=$(quoted "$DB_NAME")
DB_USER=$(quoted "$DB_USER")
DB_PASSWORD=$(quoted "$DB_PASSWORD")
END
  file=$(of_code systemd/flask-app.service)
  place 0644 root:root /etc/systemd/system/flask-app.service flask-app <"$file"
  [ ! -e "$work/flask-app.again" ] || systemctl daemon-reload
  service flask-app
}

self_signed() {
  local certificate=$own_certificate/fullchain.pem kind=DNS check=-checkhost
  [ -n "${APP_DOMAIN_NAME:-}" ] || { kind=IP check=-checkip; }
  if [ -e "$certificate" ] && openssl x509 -in "$certificate" -noout "$check" "$(name)" | grep -q 'does match'; then return; fi
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 3650 -subj "/CN=$(name)" \
    -addext "subjectAltName=$kind:$(name)" -addext extendedKeyUsage=serverAuth -keyout "$work/key" -out "$work/cert" 2>"$work/openssl" ||
    fail "$(cat "$work/openssl")"
  place 0600 root:root "$own_certificate/privkey.pem" nginx <"$work/key"
  place 0644 root:root "$certificate" nginx <"$work/cert"
  rm "$work/key" "$work/cert"
}

allow_list() {
  local tool text
  tool=$(of_code nginx/ip_allowlist.py)
  text=$(python3 "$tool" "${APP_IP_ALLOWLIST:-}")
  place 0644 root:root /etc/nginx/ip-allowlist.conf nginx <<<"$text"
}

site() {
  local file text
  file=$(of_code nginx/flask-app.conf)
  text=$(sed -e "s|server_name _;|server_name ${APP_DOMAIN_NAME:-_};|" -e "s|/etc/letsencrypt/live/app/|$(certificate)/|" "$file")
  place 0644 root:root /etc/nginx/sites-available/flask-app.conf nginx <<<"$text"
  if [ ! -L /etc/nginx/sites-enabled/flask-app.conf ]; then
    ln -s ../sites-available/flask-app.conf /etc/nginx/sites-enabled/flask-app.conf
    touch "$work/nginx.again"
    changed=1
  fi
  if [ -e /etc/nginx/sites-enabled/default ]; then
    rm /etc/nginx/sites-enabled/default
    touch "$work/nginx.again"
    changed=1
  fi
  nginx -t -q
  service nginx reload
}

# Whatever renews the certificate, nginx serves it and the agent may look at it. The private keys stay root's.
renewal() {
  wants_certbot || return 0
  place 0755 root:root /etc/letsencrypt/renewal-hooks/deploy/reload-nginx <<'END'
#!/bin/sh
# Written by user-data: certbot runs this after each renewal.
nginx -t -q && systemctl reload nginx
END
  service certbot.timer
}

readable_certificates() {
  local folder
  getent group faultline-agent >/dev/null || return 0
  for folder in live archive; do
    if [ "$(stat -c '%a %G' "/etc/letsencrypt/$folder")" != '750 faultline-agent' ]; then
      chgrp faultline-agent "/etc/letsencrypt/$folder"
      chmod 0750 "/etc/letsencrypt/$folder"
      changed=1
    fi
  done
}

# A domain often points here only later: that is no failure. The agent warns of our own certificate meanwhile, and a timer
# runs this script again until certbot has another.
obtain() {
  wants_certbot || return 0
  local server=()
  [ -z "${APP_ACME_SERVER:-}" ] || server=(--server "$APP_ACME_SERVER")
  if ! has_issued; then
    changed=1
    if ! certbot certonly --quiet --non-interactive --agree-tos --email "$APP_ACME_EMAIL" --webroot --webroot-path /var/www/html \
      --cert-name "$APP_DOMAIN_NAME" --domain "$APP_DOMAIN_NAME" "${server[@]}"; then
      say "no certificate for $APP_DOMAIN_NAME yet; tried again every half hour, and by: sudo bash $0"
      again_later
      return
    fi
  fi
  readable_certificates
  site
  if systemctl is-enabled --quiet user-data-again.timer 2>/dev/null; then systemctl --quiet disable --now user-data-again.timer; fi
}

again_later() {
  place 0644 root:root /etc/systemd/system/user-data-again.service <<END
[Unit]
Description=Certificate of the site, tried again
[Service]
Type=oneshot
ExecStart=/bin/bash $here/app.sh
END
  place 0644 root:root /etc/systemd/system/user-data-again.timer <<'END'
[Unit]
Description=Certificate of the site, tried again
[Timer]
OnActiveSec=30min
OnUnitInactiveSec=30min
[Install]
WantedBy=timers.target
END
  systemctl daemon-reload
  service user-data-again.timer
}

monitor_password() {
  if [ -n "${DB_MONITOR_PASSWORD:-}" ] && watched; then
    place 0640 root:faultline-agent /etc/faultline/mysql.password <<<"$DB_MONITOR_PASSWORD"
  fi
}

step 'check the settings' wants ROLE HOST_NAME HOST_ADDRESS APP_REPO_URL DB_HOST DB_PORT DB_NAME DB_USER DB_PASSWORD
step 'install tools' packages curl ca-certificates
step 'install the collector' collector_here
step 'install Faultline' our_packages
step 'start the agent' watch_start
step 'install the agent of Session Manager' session_manager
step 'install nginx and Python' stack_packages
step 'get the application' code
step 'start the application' application
step 'make a certificate of our own' self_signed
step 'write the allow-list' allow_list
step 'start nginx' site
step 'prepare renewals' renewal
step 'get a certificate from the authority' obtain
step 'let the agent log in' monitor_password
step 'watch what a host of this role has' watch_role
