// Fields that several messages share.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "collector/pipeline/messages.h"
#include "faultline/v1/check.pb.h"

namespace faultline::ingest {

// Counts what cannot be used, and keeps the first few. `name` is cleaned here.
void Refuse(const std::string& name, uint32_t number, const absl::Status& why,
            pipeline::Refusals* refused);

// "FIELD: WHAT".
absl::Status BadField(const std::string& field, const std::string& what);

// Nanoseconds since the epoch, until the year 2100: sums of them do not overflow.
absl::Status CheckWallTime(const std::string& field, int64_t ns, bool required);

// One of ours or of IPv6's numeric forms.
bool IsNumericAddress(const std::string& address);

// `field` is the observation's own name. Its number is left alone.
absl::StatusOr<pipeline::SeenObservation> ObservationFromWire(
    const faultline::v1::Observation& wire, const std::string& field);

}  // namespace faultline::ingest
