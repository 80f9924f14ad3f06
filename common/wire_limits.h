// The bounds of proto/faultline/v1, each once: the agent's configuration and messages keep to what
// the collector refuses or cuts beyond them. The bounds of a check's identity are in check_id.h,
// those of reasons in text.h.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/clock.h"

namespace faultline {

struct WireLimits {
  // Of a check's declaration.
  static constexpr Span kLongestInterval = Span::Seconds(7 * 86'400);
  static constexpr size_t kMaxSubject = 64;  // bytes, as all texts here
  static constexpr size_t kMaxUnit = 256;
  static constexpr int kMaxExpected = 8;
  static constexpr uint32_t kMaxPort = 65'535;

  // Of one configuration; what roles bring comes on top. The collector keeps twice as many a host.
  static constexpr size_t kMaxChecks = 1'000;

  // Of one message: checks, observations or records; absent checks; addresses; streams.
  static constexpr int kMaxListed = 10'000;
  static constexpr int kMaxAbsent = 256;
  static constexpr int kMaxAddresses = 64;
  static constexpr int kMaxPositions = 16;

  // Of an observation.
  static constexpr size_t kMaxLine = 512;  // details, evidence, values; whatever is for people
  static constexpr int kMaxEvidence = 8;
  static constexpr int kMaxGauges = 32;
  static constexpr size_t kMaxGaugeName = 64;

  // Of a log event.
  static constexpr size_t kMaxSample = 1'024;
  static constexpr size_t kMaxPattern = 64;

  // Of what a hello says of program and host.
  static constexpr size_t kMaxShortText = 64;
};

}  // namespace faultline
