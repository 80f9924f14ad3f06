#include "agent/checks/mysql_pacing.h"

#include <algorithm>

namespace faultline::checks {
namespace {

constexpr Span kSteadyAfter = Span::Seconds(300);
constexpr Span kSeldomAtMost = Span::Seconds(3600);
constexpr Span kAskedSoon = Span::Seconds(10);
constexpr Span kAskedSteady = Span::Seconds(60);
constexpr Span kAskedSeldom = Span::Seconds(1800);

Span Grown(Span first, int factor, int failures, Span at_most) {
  Span wait = first;
  for (int i = 1; i < failures && wait < at_most; ++i) wait.ns *= factor;
  return std::min(wait, at_most);
}

}  // namespace

void MySqlPacing::OnTried(MonoTime now) {
  tried_ = true;
  news_ = false;
  last_tried_ = now;
}

void MySqlPacing::OnSuccess() { failures_ = 0; }

void MySqlPacing::OnFailure(MySqlPace pace) {
  failures_ = pace == pace_ ? failures_ + 1 : 1;
  pace_ = pace;
}

void MySqlPacing::OnNews() { news_ = true; }

MonoTime MySqlPacing::next() const {
  if (!tried_) return MonoTime{};
  if (!news_) return last_tried_ + Wait();
  return last_tried_ + std::min(Wait(), failures_ == 0 ? kAfterGood : kAtOnce);
}

bool MySqlPacing::MayWhenAsked(Asker asker, MonoTime now) const {
  return !tried_ || now >= std::min(next(), last_tried_ + LeastWhenAsked(asker));
}

Span MySqlPacing::Wait() const {
  if (failures_ == 0) return login_interval_;
  switch (pace_) {
    case MySqlPace::kEachLook:
      return Span{};
    case MySqlPace::kSoon:
      return Grown(kAtOnce, 2, failures_, kSteadyAfter);
    case MySqlPace::kSteady:
      return kSteadyAfter;
    case MySqlPace::kSeldom:
      return Grown(kSteadyAfter, 4, failures_, kSeldomAtMost);
  }
  return kSteadyAfter;
}

Span MySqlPacing::LeastWhenAsked(Asker asker) const {
  if (failures_ == 0) return kAskedSoon;
  if (asker == Asker::kPerson && pace_ != MySqlPace::kEachLook) return kAtOnce;
  switch (pace_) {
    case MySqlPace::kEachLook:
      return Span{};
    case MySqlPace::kSoon:
      return kAskedSoon;
    case MySqlPace::kSteady:
      return kAskedSteady;
    case MySqlPace::kSeldom:
      return kAskedSeldom;
  }
  return kAskedSteady;
}

}  // namespace faultline::checks
