// What a server says of its replication, MySQL's and MariaDB's words alike: PURE.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/host/mysql_session.h"

namespace faultline::checks {

struct ReplicaChannel {
  std::string name;  // empty: the only one
  bool receiving = false;
  bool applying = false;
  std::optional<Span> lag;  // absent: the server does not know it
  std::string error;        // "error 1062: Duplicate entry ...", empty when there is none
};

// The statements to try in turn: a server that does not know one answers with error 1064.
std::vector<std::string> ReplicaStatements(bool mariadb);

// From the rows of any of them. Columns: "SHOW REPLICA STATUS" in MySQL's manual, "SHOW REPLICA
// STATUS" in MariaDB's. Unknown columns are ignored, absent ones read as "No".
std::vector<ReplicaChannel> ParseReplicaRows(const std::vector<host::MySqlRow>& rows);

}  // namespace faultline::checks
