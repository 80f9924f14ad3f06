#!/usr/bin/env bash
# Sets up the host of role db from /etc/faultline/user-data.env: MySQL (on Debian MariaDB) on its private address, the
# application's and the monitoring user, TLS, the agent. May run again at any time and then changes nothing.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
. "$(dirname "$0")/common.sh"

facts() {
  printf 'database:\n  address: %s:%s\n  error_log: /var/log/mysql/error.log\n' "$HOST_ADDRESS" "$DB_PORT"
  [ -z "${DB_MONITOR_PASSWORD:-}" ] || printf '  password_file: /etc/faultline/mysql.password\n'
}

# Both servers answer to mysql.service, MariaDB only once mariadb.service is enabled.
unit() { if [ -e /lib/systemd/system/mariadb.service ]; then printf mariadb; else printf mysql; fi; }

# MariaDB's package has a socket unit that would wake a stopped server: a stop has to stay a stop.
no_socket_activation() {
  local socket
  for socket in mariadb.socket mariadb-extra.socket; do
    if [ -e "/lib/systemd/system/$socket" ] && [ "$(systemctl is-enabled "$socket" 2>/dev/null)" != masked ]; then
      systemctl --quiet mask --now "$socket"
      changed=1
    fi
  done
}

# As its package leaves it, it listens on loopback.
start() { service "$(unit)"; }

# Signed by itself. Who wants the application to demand TLS gives it this file as DB_SSL_CA.
server_certificate() {
  local folder=/etc/mysql/tls
  if [ -e "$folder/server-cert.pem" ]; then return; fi
  install -d -m 0755 "$folder"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 3650 -subj "/CN=$HOST_NAME" \
    -addext "subjectAltName=IP:$HOST_ADDRESS,DNS:$HOST_NAME" -keyout "$work/key" -out "$work/cert" 2>"$work/openssl" ||
    fail "$(cat "$work/openssl")"
  place 0640 root:mysql "$folder/server-key.pem" "$(unit)" <"$work/key"
  place 0644 root:root "$folder/server-cert.pem" "$(unit)" <"$work/cert"
  rm "$work/key" "$work/cert"
}

# On its private address only, and only once the users are there: whoever is refused earlier stays away for minutes.
private_address() {
  local folder=/etc/mysql/mysql.conf.d
  [ ! -d /etc/mysql/mariadb.conf.d ] || folder=/etc/mysql/mariadb.conf.d
  place 0644 root:root "$folder/90-stack.cnf" "$(unit)" <<END
# Written by user-data.
[mysqld]
bind-address = $HOST_ADDRESS
port = $DB_PORT
ssl_cert = /etc/mysql/tls/server-cert.pem
ssl_key = /etc/mysql/tls/server-key.pem
log_error = /var/log/mysql/error.log
END
  [ -d /var/log/mysql ] || install -d -m 2750 -o mysql -g adm /var/log/mysql
  service "$(unit)"
}

sql() { mysql --protocol=socket --user=root --batch --skip-column-names; }

# A text as MySQL's literal. It reaches the server by standard input: in no list of processes.
literal() {
  local text=${1//\\/\\\\}
  printf "'%s'" "${text//\'/\'\'}"
}

account() {
  local verb
  for verb in 'CREATE USER IF NOT EXISTS' 'ALTER USER'; do
    printf '%s %s@%s IDENTIFIED BY %s;\n' "$verb" "$(literal "$1")" "$(literal "$2")" "$(literal "$3")"
  done
}

# The tables, and who may log in: the application for its rows, the agents for nothing but being answered.
wanted() {
  sed "s/\bappdb\b/$DB_NAME/g" "$here/init.sql"
  account "$DB_USER" "$DB_ALLOWED_HOST_PATTERN" "$DB_PASSWORD"
  printf "GRANT SELECT, INSERT, UPDATE, DELETE ON %s.* TO '%s'@'%s';\n" "$DB_NAME" "$DB_USER" "$DB_ALLOWED_HOST_PATTERN"
  if [ -n "${DB_MONITOR_PASSWORD:-}" ]; then
    account faultline localhost "$DB_MONITOR_PASSWORD"
    account faultline "$APP_ADDRESS" "$DB_MONITOR_PASSWORD"
  fi
  printf 'DROP DATABASE IF EXISTS test;\n'
}

# Accounts that must not be there: nameless ones, root from elsewhere, ours for other hosts than today's.
unwanted() {
  sql <<END
SELECT CONCAT('DROP USER ', QUOTE(User), '@', QUOTE(Host), ';') FROM mysql.user WHERE User = ''
  OR (User = 'root' AND Host NOT IN ('localhost', '127.0.0.1', '::1'))
  OR (User = $(literal "$DB_USER") AND Host <> $(literal "$DB_ALLOWED_HOST_PATTERN"))
  OR (User = 'faultline' AND Host NOT IN ('localhost', $(literal "$APP_ADDRESS")));
END
}

# What was done with which result, so that a second run leaves the server's files alone; new passwords are done anew.
done_so_far() { { wanted && sql <<<'SELECT User, Host FROM mysql.user ORDER BY User, Host;'; } | sha256sum; }

users() {
  local stamp=$here/users.done now text
  now=$(done_so_far)
  if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$now" ]; then return; fi
  text=$(wanted)
  sql <<<"$text"
  text=$(unwanted)
  sql <<<"$text"
  now=$(done_so_far)
  place 0600 root:root "$stamp" <<<"$now"
}

monitor_password() {
  if [ -n "${DB_MONITOR_PASSWORD:-}" ] && watched; then
    place 0640 root:faultline-agent /etc/faultline/mysql.password <<<"$DB_MONITOR_PASSWORD"
  fi
}

step 'check the settings' wants ROLE HOST_NAME HOST_ADDRESS DB_PORT DB_NAME DB_USER DB_PASSWORD DB_ALLOWED_HOST_PATTERN APP_ADDRESS
step 'install tools' packages curl ca-certificates openssl
step 'install Faultline' faultline_packages faultline-agent
step 'start the agent' watch_start
step 'install the agent of Session Manager' session_manager
step 'install MySQL' packages default-mysql-server
step 'keep its socket from starting it' no_socket_activation
step 'start MySQL' start
step 'make tables and users' users
step 'make its certificate' server_certificate
step 'open its private address' private_address
step 'let the agent log in' monitor_password
step 'watch what a host of this role has' watch_role
