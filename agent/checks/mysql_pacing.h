// When a login may be tried: PURE. A login that fails costs the server a line in its log and this
// host a part of max_connect_errors, so what failed is tried again later and later.
#pragma once

#include "agent/checks/mysql_reasons.h"
#include "common/clock.h"

namespace faultline::checks {

class MySqlPacing {
 public:
  // Least time to the login that follows news: after a failed one, and after a good one.
  static constexpr Span kAtOnce = Span::Seconds(5);
  static constexpr Span kAfterGood = Span::Millis(500);

  explicit MySqlPacing(Span login_interval) : login_interval_(login_interval) {}

  // A login was begun.
  void OnTried(MonoTime now);
  // It ended.
  void OnSuccess();
  void OnFailure(MySqlPace pace);
  // Something says that the next login may end differently: the kept one was lost, the password's
  // file changed, a hung server said something.
  void OnNews();

  // Due by itself.
  bool IsDue(MonoTime now) const { return now >= next(); }
  MonoTime next() const;
  // The collector asks: bounded by what the last failure costs. Or a person does, who may have
  // mended it on the server: then only so that questions in a row are one login.
  enum class Asker { kCollector, kPerson };
  bool MayWhenAsked(Asker asker, MonoTime now) const;
  bool tried() const { return tried_; }
  MonoTime last_tried() const { return last_tried_; }

 private:
  Span Wait() const;
  Span LeastWhenAsked(Asker asker) const;

  Span login_interval_;
  bool tried_ = false;
  bool news_ = false;
  int failures_ = 0;  // in a row, of the same pace
  MySqlPace pace_ = MySqlPace::kEachLook;
  MonoTime last_tried_;
};

}  // namespace faultline::checks
