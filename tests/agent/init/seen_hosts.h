// Hosts as init might see them, for the tests of what follows.
#pragma once

#include "agent/init/derive.h"
#include "agent/init/host_seen.h"

namespace faultline::init {

inline Listener ListenerAt(const char* address, uint16_t port, const char* unit = "") {
  return {*host::ParseIpAddress(address), port, unit};
}

// nginx with TLS before todo.service, a redirect on port 80.
inline HostSeen SiteHost() {
  HostSeen seen;
  seen.nginx = true;
  seen.nginx_source = "nginx -T";
  WebSite site;
  site.domain = {"todo.example.net", "nginx: /n:12"};
  site.where = "nginx: /n:10";
  site.tls = NginxListen{.address = "", .port = 443, .tls = true, .where = "nginx: /n:11"};
  site.plain = NginxListen{.address = "", .port = 80, .tls = false, .where = "nginx: /n:2"};
  site.redirects = true;
  site.certificate = {"/etc/nginx/tls/todo.crt", "nginx: /n:13"};
  site.upstreams = {{"127.0.0.1:8000", "nginx: /n:15"}};
  site.access_log = {"/var/log/nginx/todo.log", "nginx: /n:14"};
  site.error_log = {"/var/log/nginx/error.log", "nginx: /n:1"};
  site.application = {"todo.service", "systemd: /u"};
  seen.sites = {site};
  seen.certificates = {{.file = "/etc/nginx/tls/todo.crt", .names = {"todo.example.net"}}};
  seen.database_address = {"10.94.0.20:3306", "/etc/todo.env of todo.service"};
  seen.answers["https://todo.example.net/"].status = 200;
  seen.answers["https://todo.example.net/db-check"].status = 404;
  seen.answers["http://todo.example.net/"] = {.status = 301,
                                              .location = "https://todo.example.net/"};
  seen.services = {{.unit = {"todo.service", "systemd: /u"}, .running = true}};
  seen.listeners = {
      ListenerAt("0.0.0.0", 22, "ssh.service"), ListenerAt("0.0.0.0", 80, "nginx.service"),
      ListenerAt("0.0.0.0", 443, "nginx.service"), ListenerAt("127.0.0.1", 8000, "todo.service")};
  return seen;
}

inline HostSeen DatabaseHost() {
  HostSeen seen;
  seen.listeners = {ListenerAt("0.0.0.0", 3306, "mariadb.service")};
  DatabaseServer server;
  server.unit = {"mariadb.service", "systemd: /m"};
  server.running = true;
  server.socket = {"/run/mysqld/mysqld.sock", "/etc/mysql/my.cnf:3"};
  server.port = {"3306", "listens on 0.0.0.0:3306 (mariadb.service)"};
  server.datadir = {"/var/lib/mysql", "/c:4"};
  server.listeners = seen.listeners;
  seen.database = server;
  seen.addresses = {"10.94.0.20"};
  return seen;
}

}  // namespace faultline::init
