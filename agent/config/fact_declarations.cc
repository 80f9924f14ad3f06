// The table of facts: what each is, its default, and where it is found.
#include "agent/config/facts.h"

namespace faultline::config {

const std::vector<FactDeclaration>& FactDeclarations() {
  static const auto& facts = *new std::vector<FactDeclaration>{
      {"site.domain", "",
       "The public name of the site. Without it: the first name without * of the only certificate "
       "in /etc/letsencrypt/live, where the agent may look there."},
      {"site.address", "127.0.0.1", "Where the web server of this host is asked."},
      {"site.health", "/", "A page that answers 200 while the application runs."},
      {"site.health_body", "",
       "A pattern (RE2) that the page's body must match somewhere. Without it any body is well; "
       "where the runbook's Flask application is: `\"status\"\\s*:\\s*\"ok\"`"},
      {"site.db_check", "",
       "A page that answers 200 while it reaches its database. Without it: /db-check where the "
       "runbook's Flask application is.",
       "this application is not known to have a page that tells of its database"},
      {"site.certificate", "/etc/letsencrypt/live/{site.domain}/fullchain.pem",
       "The certificate's file. Without it the one of certbot that has this name."},
      {"site.renewal", "",
       "certbot's configuration of its renewal. Without it: NAME.conf in /etc/letsencrypt/renewal "
       "for a certificate in /etc/letsencrypt/live/NAME."},
      {"site.ca", "",
       "An authority (PEM file) of the site's certificate that is not a public one."},
      {"site.unit", "",
       "The application's unit. Without it: flask-app.service where the runbook's Flask "
       "application is."},
      {"site.error_log", "/var/log/nginx/error.log", "The web server's error log."},
      {"site.access_log", "",
       "Its access log. Without it: /var/log/nginx/flask_access.log or access.log, where it "
       "exists."},
      {"database.address", "",
       "host:port as the application reaches it; the host is an address or a name. Without it: "
       "DB_HOST and DB_PORT of "
       "/etc/flask-app.env, where the agent may read that file."},
      {"database.user", "faultline", "The user that logs in to look."},
      {"database.password_file", "", "The file that holds this user's password."},
      {"database.socket", "/run/mysqld/mysqld.sock", "Where the database's own host logs in."},
      {"database.unit", "mysql.service", "The database's unit; an alias is resolved."},
      {"database.datadir", "/var/lib/mysql", "Where the database keeps its data."},
      {"database.error_log", "",
       "Its error log. Without it: /var/log/mysql/error.log where it exists; the journal is read "
       "in any case.",
       "the database has no error log of its own here; its journal is read"}};
  return facts;
}

}  // namespace faultline::config
