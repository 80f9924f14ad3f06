// The mysql check at work: keeps one login and asks on it, logs in anew now and then, and watches
// the connection for a stop. When a login may be tried is in mysql_pacing.h and mysql_budget.h,
// what an answer means in mysql_judge.h and mysql_reasons.h.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/checks/check.h"
#include "agent/checks/mysql_budget.h"
#include "agent/checks/mysql_door.h"
#include "agent/checks/mysql_judge.h"
#include "agent/checks/mysql_look.h"
#include "agent/checks/mysql_pacing.h"
#include "agent/checks/mysql_silence.h"
#include "agent/host/endpoint.h"
#include "agent/host/path_watch.h"
#include "agent/host/resolver.h"

namespace faultline::checks {

struct MySqlOptions {
  std::string target;       // as configured
  host::HostPort endpoint;  // unused with a socket
  Span interval;
  Span login_interval;
  host::MySqlLogin login;  // socket_path, user, database, tls, ca, timeout
  std::string password_file;
  std::string password_env;
  MySqlLimits limits;
};

class MySqlProbe : public Check {
 public:
  MySqlProbe(MySqlOptions options, const CheckContext& context);
  ~MySqlProbe() override;

  void Start() override;
  void LookNow(std::function<void()> done) override;
  void OnPersonAsks() override { asker_ = MySqlPacing::Asker::kPerson; }

 private:
  // A connection that the loop watches: the kept login's, or that of a server that is hung.
  struct Watched {
    host::Fd fd;
    std::unique_ptr<host::LoopSource> source;  // destroyed before fd: see Drop
  };

  void StartResolving();
  void OnResolved(const absl::StatusOr<host::Resolved>& resolved);
  void Aim(const std::string& server, const std::string& budget_key);

  void Look();
  void OnPasswordChanged();
  bool IsPasswordChanged() const;
  void LookWithNews();
  bool TryLogin();
  void AskKept();
  void Submit(MySqlLookRequest request);
  void OnSlow();
  void OnLooked(MySqlLookResult result);
  void OnLoggedIn(MySqlLookResult& result);
  void OnLoginFailed(const MySqlLookResult& result);
  void OnQueryFailed(const MySqlLookResult& result);
  void AskDoor(const host::MySqlFailure& failure, MySqlWay way);
  void OnDoor(const host::MySqlFailure& failure, const MySqlWay& way);
  void Fail(Observation failure, MySqlPace pace);

  void WatchKept();
  void HoldHung(host::Fd fd);
  static void Drop(Watched* watched);
  void RetireKept();
  MySqlPace HungPace() const;

  Observation Failure() const;
  void Report(Observation observation);
  MySqlAsked asked() const;

  const MySqlOptions options_;
  const CheckContext context_;
  std::optional<host::IpAddress> numeric_;

  std::unique_ptr<host::Resolution> resolution_;
  std::unique_ptr<host::LoopSource> resolve_timer_;
  std::optional<Observation> dns_failed_;
  int dns_failures_ = 0;  // in a row

  host::IpAddress address_;  // AF_UNSPEC: a socket, or not resolved yet
  std::string server_;       // "10.0.2.10:3306" or the socket's path; empty: not resolved yet
  std::optional<MySqlBudget> budget_;
  MySqlPacing pacing_;
  WallTime taken_;                  // this login's part of the budget
  WallTime last_tried_, next_try_;  // told while a failure waits

  std::shared_ptr<host::MySqlSession> kept_;
  Watched kept_socket_;
  Watched hung_socket_;
  std::unique_ptr<MySqlDoor> door_;     // of address_, once it was knocked at
  std::optional<Observation> failure_;  // of the last login; none after a good one
  bool failure_waits_ = false;          // its pace is not kEachLook
  MySqlHealth health_;
  MonoTime status_asked_;

  // One look at a time. A generation that has passed is not listened to any more.
  bool under_way_ = false;
  bool login_under_way_ = false;
  uint64_t generation_ = 0;
  std::set<uint64_t> known_;  // connections before the login under way
  int slow_ticks_ = 0;
  std::unique_ptr<host::LoopSource> slow_timer_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // tells posted work of our end

  bool asked_now_ = false;
  MySqlPacing::Asker asker_ = MySqlPacing::Asker::kCollector;  // of the look that is to come
  std::vector<std::function<void()>> waiting_;
  std::unique_ptr<host::PathWatch> password_watch_;
  std::string password_stamp_;  // of the last login
  std::unique_ptr<host::LoopSource> interval_timer_;
  std::unique_ptr<host::LoopSource> news_timer_;
};

}  // namespace faultline::checks
