// At most so many logins an hour and server that the server may count against this host, over all
// checks of the agent and over its restarts: kept in a small file of the state directory.
#pragma once

#include <string>
#include <vector>

#include "common/clock.h"

namespace faultline::checks {

// Loop's thread only. Where the file cannot be written it still counts, for this check alone.
class MySqlBudget {
 public:
  // Below 20 (design 03, manners of probing), and far below the default max_connect_errors, 100.
  static constexpr size_t kAnHour = 18;

  // `server` is its numeric address, without the port, or the path of its socket.
  MySqlBudget(const std::string& state_dir, const std::string& server);

  // Before a login: takes a part. False when the last hour's parts are gone.
  bool Take(WallTime now);
  // The login of Take(now) succeeded, or never reached the server.
  void GiveBack(WallTime taken);
  // When the next part is free; `now` when one is.
  WallTime NextFree(WallTime now);

 private:
  void Load(WallTime now);
  void Store() const;

  const std::string path_;
  std::vector<WallTime> taken_;  // oldest first
};

}  // namespace faultline::checks
