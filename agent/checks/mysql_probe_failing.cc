// What the mysql probe does about a failure: asks the port what stands in the way, says it, and
// says when it tries again.
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/checks/mysql_probe.h"
#include "agent/checks/timestamp_gauge.h"

namespace faultline::checks {

// Still a part of the look: nothing else begins meanwhile.
void MySqlProbe::AskDoor(const host::MySqlFailure& failure, MySqlWay way) {
  way.is_local = address_.family == AF_UNSPEC;
  if (way.is_local) return OnDoor(failure, way);
  under_way_ = true;
  if (door_ == nullptr) {
    door_ = std::make_unique<MySqlDoor>(context_, address_,
                                        static_cast<uint16_t>(options_.endpoint.port));
  }
  door_->Knock([this, failure, way = std::move(way)](const Observation& seen) mutable {
    under_way_ = false;
    way.door = seen;
    OnDoor(failure, way);
  });
}

void MySqlProbe::OnDoor(const host::MySqlFailure& failure, const MySqlWay& way) {
  const bool silent = failure.kind == host::MySqlFailureKind::kNoAnswer;
  const MySqlSilence told =
      silent ? MeaningOfSilence(failure, way, asked()) : MeaningOfRefusal(failure, way, asked());
  Observation seen = DescribeMySqlFailure(failure, told.meaning, asked());
  if (!told.fact.empty()) seen.evidence.push_back({.text = told.fact});
  const bool reaches_server = silent && told.meaning.pace != MySqlPace::kEachLook;
  Fail(std::move(seen), reaches_server ? HungPace() : told.meaning.pace);
}

void MySqlProbe::Fail(Observation failure, MySqlPace pace) {
  pacing_.OnFailure(pace);
  failure_waits_ = pace != MySqlPace::kEachLook;
  failure_ = std::move(failure);
  next_try_ = context_.clock.Now() + (pacing_.next() - context_.clock.Mono());
  Report(Failure());
}

// When the next login is due changes while the failure stays: numbers, not words.
Observation MySqlProbe::Failure() const {
  Observation told = *failure_;
  if (kept_ != nullptr) told.gauges = MySqlGauges(health_);
  if (!failure_waits_) return told;
  absl::StrAppend(&told.detail, "; tried again by itself");
  told.gauges.push_back(TimestampGauge("mysql_last_login_timestamp_seconds", last_tried_));
  told.gauges.push_back(TimestampGauge("mysql_next_login_timestamp_seconds", next_try_));
  return told;
}

}  // namespace faultline::checks
