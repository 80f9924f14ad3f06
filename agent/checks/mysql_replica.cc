#include "agent/checks/mysql_replica.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace faultline::checks {
namespace {

constexpr int64_t kMaxLagSeconds = int64_t{10} * 365 * 86400;

// The first of the names that the row has, NULL as absent.
std::optional<std::string> Value(const host::MySqlRow& row,
                                 std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const auto found = row.find(name);
    if (found != row.end()) return found->second;
  }
  return std::nullopt;
}

std::string ErrorOf(const host::MySqlRow& row, const char* number, const char* text) {
  const std::string errno_text = Value(row, {number}).value_or("0");
  if (errno_text.empty() || errno_text == "0") return "";
  return absl::StrCat("error ", errno_text, ": ", Value(row, {text}).value_or(""));
}

}  // namespace

std::vector<std::string> ReplicaStatements(bool mariadb) {
  if (mariadb) return {"SHOW ALL SLAVES STATUS"};
  return {"SHOW REPLICA STATUS", "SHOW SLAVE STATUS"};  // the first since MySQL 8.0.22
}

std::vector<ReplicaChannel> ParseReplicaRows(const std::vector<host::MySqlRow>& rows) {
  std::vector<ReplicaChannel> channels;
  for (const host::MySqlRow& row : rows) {
    ReplicaChannel channel;
    channel.name = Value(row, {"channel_name", "connection_name"}).value_or("");
    channel.receiving = Value(row, {"replica_io_running", "slave_io_running"}) == "Yes";
    channel.applying = Value(row, {"replica_sql_running", "slave_sql_running"}) == "Yes";
    int64_t seconds = 0;
    if (absl::SimpleAtoi(
            Value(row, {"seconds_behind_source", "seconds_behind_master"}).value_or(""),
            &seconds) &&
        seconds >= 0 && seconds <= kMaxLagSeconds) {
      channel.lag = Span::Seconds(seconds);
    }
    channel.error = ErrorOf(row, "last_sql_errno", "last_sql_error");
    if (channel.error.empty()) channel.error = ErrorOf(row, "last_io_errno", "last_io_error");
    channels.push_back(std::move(channel));
  }
  return channels;
}

}  // namespace faultline::checks
