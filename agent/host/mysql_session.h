// A login to a MySQL or MariaDB server, through MySQL Connector/C++. The one file that speaks it is
// mysql_session.cc. Everything here blocks: call it from a worker.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/host/mysql_failure.h"
#include "agent/host/secret_file.h"
#include "common/clock.h"

namespace faultline::host {

enum class MySqlTls {
  kOff,
  kRequire,  // encrypted, by any certificate: found out only after the login (see Open)
  kVerify,   // a chain that holds and the name or address of the target
};

struct MySqlLogin {
  std::string socket_path;  // of a unix socket, else empty
  std::string host;         // a numeric address; with kVerify the name that the certificate has
  int port = 0;
  std::string user;
  std::string database;  // empty: none
  MySqlTls tls = MySqlTls::kOff;
  std::string ca;  // path of a PEM file; empty: the system's authorities
  Span timeout;    // for each step of a login and for a query; in whole seconds
};

// One row: lower-case column name to value; absent: NULL. Bounded: see Query.
using MySqlRow = std::map<std::string, std::optional<std::string>>;

struct MySqlRows {
  MySqlFailure failure;  // when it failed, `rows` is empty
  std::vector<MySqlRow> rows;
  Span took;
};

// Used by one thread at a time, from any thread. The destructor says good-bye to the server, which
// takes no longer than `timeout`.
class MySqlSession {
 public:
  virtual ~MySqlSession() = default;
  // At most 64 rows, 128 columns, 1 KiB a value (CleanText). After a failure that is not
  // kServerError the session is of no more use.
  virtual MySqlRows Query(const std::string& sql) = 0;
};

struct MySqlOpened {
  MySqlFailure failure;
  std::unique_ptr<MySqlSession> session;  // null when it failed
  Span took;
};

// One complete login. Never sends the password in the clear, whatever the server asks for: only
// mysql_native_password, client_ed25519 and caching_sha2_password are allowed (the last one sends
// it to the server under TLS, on a unix socket, or encrypted by a key that the server shows: use
// kVerify where the network is not trusted). LOAD DATA LOCAL is off. With kRequire a server without
// TLS is noticed when the login is done, because libmariadb 3.3 goes on in the clear.
MySqlOpened OpenMySqlSession(const MySqlLogin& login, const Secret& password);

}  // namespace faultline::host
