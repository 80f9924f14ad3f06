// One look at a MySQL server, from a worker: a fresh login, or questions on the kept one.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "agent/checks/mysql_judge.h"
#include "agent/host/fd.h"
#include "agent/host/mysql_session.h"
#include "agent/host/own_sockets.h"

namespace faultline::checks {

struct MySqlLookRequest {
  // Without: a fresh login.
  std::shared_ptr<host::MySqlSession> session;
  host::MySqlLogin login;
  std::string password_file;  // or
  std::string password_env;   // or neither: no password
  host::PeerName peer;
  std::set<uint64_t> known;  // our connections to `peer` before this login
  bool ask_status = false;
  bool ask_replica = false;
};

struct MySqlLookResult {
  absl::Status password;             // not OK: nothing was tried
  host::MySqlFailure login_failure;  // of a fresh login
  host::MySqlFailure query_failure;  // of the first question
  std::shared_ptr<host::MySqlSession> session;
  host::Fd socket;  // of a fresh session, for watching; invalid when it is not found
  // What was not asked is absent.
  MySqlHealth health;
};

// Blocks at most a few times the login's `timeout`.
MySqlLookResult LookAtMySql(MySqlLookRequest request);

}  // namespace faultline::checks
