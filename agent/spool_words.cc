#include "agent/spool_words.h"

#include <string>

#include "absl/strings/str_cat.h"

namespace faultline::agent {
namespace {

std::string ReasonFor(const absl::Status& health) {
  switch (health.code()) {
    case absl::StatusCode::kResourceExhausted:
      return "SPOOL_DISK_FULL";
    case absl::StatusCode::kFailedPrecondition:
      return "SPOOL_READ_ONLY";
    case absl::StatusCode::kDataLoss:
      return "SPOOL_DISK_FAILING";
    default:
      return "SPOOL_UNWRITABLE";
  }
}

}  // namespace

checks::Observation JudgeSpool(const absl::Status& health, const spool::SpoolStats& stats) {
  checks::Observation seen;
  seen.gauges = {{"spool_disk_bytes", static_cast<double>(stats.disk_bytes)},
                 {"spool_memory_bytes", static_cast<double>(stats.undurable_bytes)},
                 {"spool_dropped_records", static_cast<double>(stats.dropped)}};
  const std::string dropped =
      stats.dropped == 0 ? ""
                         : absl::StrCat("; ", stats.dropped,
                                        " of the oldest records were given up since the start");
  if (health.ok()) {
    seen.state = State::kOk;
    seen.detail = absl::StrCat("what is seen is kept on disk", dropped);
    return seen;
  }
  seen.state = State::kWarning;
  seen.reason = ReasonFor(health);
  seen.detail =
      absl::StrCat(std::string(health.message()), ". What is seen is sent as ever; ",
                   (stats.undurable_bytes + 1023) / 1024,
                   " KiB wait in memory and a restart of the agent would lose them", dropped);
  return seen;
}

}  // namespace faultline::agent
