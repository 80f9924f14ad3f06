// Where a stack itself says what a role has to know. Each looks below `directory` (empty: the
// host's own root); what is not there or may not be read is not known. What is found comes from
// outside: it has the form of its fact, or is not taken.
#pragma once

#include <string>
#include <vector>

namespace faultline::config {

// Whether the runbook's Flask application lives here: only of that is known how it behaves.
bool HasFlaskApplication(const std::string& directory);

// host:port of DB_HOST and DB_PORT in /etc/flask-app.env. Its other lines are secrets: nothing of
// them is kept, quoted or counted.
std::string DatabaseOfApplication(const std::string& directory);

// certbot's idea of a certificate: a folder in /etc/letsencrypt/live.
struct Lineage {
  std::string folder;              // "app.example.com-0001": a name that says nothing of the site
  std::vector<std::string> names;  // DNS names of its certificate; empty: it may not be read
};
// At most 64, by folder.
std::vector<Lineage> Lineages(const std::string& directory);

// The first name that is no wildcard; empty when there is none.
std::string FirstPlainName(const Lineage& lineage);
// Whether a browser takes the certificate for this host.
bool Covers(const Lineage& lineage, const std::string& host);

// Paths as the host knows them, without `directory`; empty where there is no such file.
std::string DatabaseLog(const std::string& directory);
std::string AccessLog(const std::string& directory);

// Whether cloud-init sets this host up, or has done so.
bool HasCloudInit(const std::string& directory);

// "10.0.2.10:3306", "db.internal:3306" or "[2001:db8::1]:3306" in its two parts.
bool SplitEndpoint(const std::string& text, std::string* host, std::string* port);

}  // namespace faultline::config
