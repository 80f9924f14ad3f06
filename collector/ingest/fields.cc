#include "collector/ingest/fields.h"

#include <arpa/inet.h>

#include <cmath>

#include "absl/strings/str_cat.h"
#include "common/text.h"
#include "common/wire_limits.h"

namespace faultline::ingest {
namespace {

constexpr size_t kMaxShownName = 200;
constexpr int64_t kYear2100 = 4'102'444'800'000'000'000;

// As Prometheus' metric names, without colons.
bool IsGaugeName(const std::string& name) {
  if (name.empty() || name.size() > WireLimits::kMaxGaugeName ||
      (name[0] >= '0' && name[0] <= '9')) {
    return false;
  }
  for (const char c : name) {
    const bool fits = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    if (!fits) return false;
  }
  return true;
}

absl::Status TakeGauges(const faultline::v1::Observation& wire, const std::string& field,
                        pipeline::SeenObservation* seen) {
  if (wire.gauges_size() > WireLimits::kMaxGauges) {
    return BadField(absl::StrCat(field, ".gauges"),
                    absl::StrCat(wire.gauges_size(), " of them, at most ", WireLimits::kMaxGauges));
  }
  for (int i = 0; i < wire.gauges_size(); ++i) {
    const faultline::v1::Gauge& gauge = wire.gauges(i);
    if (!IsGaugeName(gauge.name())) {
      return BadField(absl::StrCat(field, ".gauges[", i, "].name"),
                      absl::StrCat("\"", CleanText(gauge.name(), 80),
                                   "\" is not lower-case letters, digits and '_'"));
    }
    if (!std::isfinite(gauge.value())) continue;  // nothing was measured
    seen->gauges.push_back({gauge.name(), gauge.value()});
  }
  return absl::OkStatus();
}

absl::Status TakeEvidence(const faultline::v1::Observation& wire, const std::string& field,
                          pipeline::SeenObservation* seen) {
  if (wire.evidence_size() > WireLimits::kMaxEvidence) {
    return BadField(
        absl::StrCat(field, ".evidence"),
        absl::StrCat(wire.evidence_size(), " of them, at most ", WireLimits::kMaxEvidence));
  }
  for (int i = 0; i < wire.evidence_size(); ++i) {
    const faultline::v1::Evidence& fact = wire.evidence(i);
    absl::Status time =
        CheckWallTime(absl::StrCat(field, ".evidence[", i, "].wall_ns"), fact.wall_ns(), false);
    if (!time.ok()) return time;
    seen->evidence.push_back(
        {CleanText(fact.text(), WireLimits::kMaxLine), WallTime{fact.wall_ns()}});
  }
  return absl::OkStatus();
}

}  // namespace

void Refuse(const std::string& name, uint32_t number, const absl::Status& why,
            pipeline::Refusals* refused) {
  ++refused->count;
  if (refused->entries.size() >= model::kMaxRefused) return;
  refused->entries.push_back({.name = CleanText(name, kMaxShownName),
                              .number = number,
                              .why = CleanText(std::string(why.message()), WireLimits::kMaxLine)});
}

absl::Status BadField(const std::string& field, const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat(field, ": ", what));
}

absl::Status CheckWallTime(const std::string& field, int64_t ns, bool required) {
  if (ns == 0 && required) return BadField(field, "is missing");
  if (ns < 0 || ns > kYear2100) {
    return BadField(field, absl::StrCat(ns, " is not between the years 1970 and 2100"));
  }
  return absl::OkStatus();
}

bool IsNumericAddress(const std::string& address) {
  unsigned char ignored[sizeof(in6_addr)];
  // A longer text, or one with a NUL inside, is none.
  if (address.size() >= INET6_ADDRSTRLEN || address.find('\0') != std::string::npos) return false;
  return inet_pton(AF_INET, address.c_str(), ignored) == 1 ||
         inet_pton(AF_INET6, address.c_str(), ignored) == 1;
}

absl::StatusOr<pipeline::SeenObservation> ObservationFromWire(
    const faultline::v1::Observation& wire, const std::string& field) {
  if (wire.state() < faultline::v1::STATE_OK || wire.state() > faultline::v1::STATE_UNKNOWN) {
    return BadField(
        absl::StrCat(field, ".state"),
        absl::StrCat(static_cast<int>(wire.state()), " is none of OK, WARNING, CRITICAL, UNKNOWN"));
  }
  pipeline::SeenObservation seen;
  seen.check = wire.check();
  seen.state = static_cast<State>(wire.state());
  if (seen.state != State::kOk) {
    if (!IsReasonName(wire.reason())) {
      return BadField(absl::StrCat(field, ".reason"),
                      absl::StrCat("\"", CleanText(wire.reason(), 80),
                                   "\" is not 1 to 64 of A-Z, 0-9 and '_'"));
    }
    seen.reason = wire.reason();
  }
  seen.detail = CleanText(wire.detail(), WireLimits::kMaxLine);
  const int64_t observed = wire.observed().wall_ns();
  absl::Status status = CheckWallTime(absl::StrCat(field, ".observed.wall_ns"), observed, true);
  if (status.ok()) {
    status = CheckWallTime(absl::StrCat(field, ".since_wall_ns"), wire.since_wall_ns(), false);
  }
  if (status.ok()) status = TakeEvidence(wire, field, &seen);
  if (status.ok()) status = TakeGauges(wire, field, &seen);
  if (!status.ok()) return status;
  seen.observed = WallTime{observed};
  seen.since = WallTime{wire.since_wall_ns()};
  // A host that has been up for longer than it can be is one that does not say.
  if (wire.observed().boottime_ns() <= static_cast<uint64_t>(observed)) {
    seen.up_for = Span{static_cast<int64_t>(wire.observed().boottime_ns())};
  }
  return seen;
}

}  // namespace faultline::ingest
