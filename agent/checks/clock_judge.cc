#include "agent/checks/clock_judge.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "agent/checks/moment_words.h"

namespace faultline::checks {
namespace {

constexpr char kNext[] = "; look at timedatectl and chronyc tracking";

// "-3600 s", "+1.5 s", "12 ms"
std::string Exact(Span span, bool sign) {
  const double seconds = span.seconds();
  const char* const plus = sign && seconds >= 0 ? "+" : "";
  if (std::abs(seconds) >= 10) return absl::StrFormat("%s%.0f s", plus, seconds);
  if (std::abs(seconds) >= 1) return absl::StrFormat("%s%.1f s", plus, seconds);
  return absl::StrFormat("%s%.0f ms", plus, seconds * 1000);
}

void AddClockGauges(const host::ClockFacts& facts, const ClockPast& past, Observation* out) {
  out->gauges = {{"clock_synchronised", facts.synchronised ? 1.0 : 0.0},
                 {"clock_offset_seconds", facts.offset.seconds()},
                 {"clock_max_error_seconds", facts.max_error.seconds()},
                 {"clock_steps_total", static_cast<double>(past.steps_in_all)}};
}

}  // namespace

std::string DescribeStep(const ClockStep& step) {
  return absl::StrCat("the clock was set by ", Exact(step.by, /*sign=*/true));
}

Span UnsynchronisedFor(const host::ClockFacts& facts) {
  constexpr int64_t kGrowsByOneIn = 2000;  // 500 ppm
  if (facts.max_error >= host::ClockFacts::kMaxError) return facts.up_for;
  return std::min(Span{facts.max_error.ns * kGrowsByOneIn}, facts.up_for);
}

Observation JudgeClock(const host::ClockFacts& facts, const ClockLimits& limits,
                       const ClockPast& past, WallTime now) {
  Observation out;
  out.state = State::kWarning;
  const Span off{std::abs(facts.offset.ns)};
  if (off >= limits.skew) {
    out.reason = "CLOCK_SKEW";
    out.detail = absl::StrCat("the clock is off by ", Exact(facts.offset, /*sign=*/true),
                              " and being corrected", kNext);
  } else if (past.unsynchronised_for.has_value() &&
             *past.unsynchronised_for >= limits.unsynchronised) {
    out.reason = "CLOCK_UNSYNCHRONISED";
    out.detail = absl::StrCat("no time service has kept the clock since ",
                              MomentWords(past.unsynchronised_since, now), kNext);
  } else if (facts.synchronised && facts.max_error >= limits.max_error) {
    out.reason = "CLOCK_SKEW";
    out.detail = absl::StrCat("the clock may be off by up to ",
                              Exact(facts.max_error, /*sign=*/false), kNext);
  } else {
    out.state = State::kOk;
    out.detail =
        past.unsynchronised_for.has_value()
            ? absl::StrCat(
                  "not synchronised yet: a time service needs some minutes; a WARNING "
                  "from ",
                  MomentWords(past.unsynchronised_since + limits.unsynchronised, now))
            : absl::StrCat("synchronised, off by at most ", Exact(facts.max_error, /*sign=*/false));
  }
  for (const ClockStep& step : past.steps) {
    out.evidence.push_back({.text = DescribeStep(step), .at = step.at});
  }
  if (!past.steps.empty()) {
    absl::StrAppend(&out.detail, "; ", DescribeStep(past.steps.back()), " at ",
                    MomentWords(past.steps.back().at, now));
  }
  AddClockGauges(facts, past, &out);
  return out;
}

}  // namespace faultline::checks
