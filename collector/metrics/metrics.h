// Everything under /metrics: the fleet (Fleet) and the collector itself.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "collector/metrics/exposition.h"
#include "collector/pipeline/picture.h"

namespace faultline::metrics {

// What other layers count about themselves. Each is since start, unless it says "now".
struct IngestNumbers {
  uint64_t streams = 0;  // now
  uint64_t accepted = 0;
  uint64_t refused_identity = 0;
  uint64_t refused_standing = 0;
  uint64_t invalid_messages = 0;
  uint64_t slow_streams = 0;
};

struct ChannelNumbers {
  std::string channel;
  uint64_t delivered = 0;
  uint64_t failed_attempts = 0;
  uint64_t rejected = 0;
  uint64_t waiting = 0;       // now
  double oldest_seconds = 0;  // how long the first of them has waited, now
  bool failing = false;       // now
};

struct FeedNumbers {
  uint64_t readers = 0;  // now
  uint64_t events = 0;
};

struct EnrolmentNumbers {
  // By call and result, both of closed sets.
  std::map<std::pair<std::string, std::string>, uint64_t> outcomes;
  uint64_t active_tokens = 0;        // now
  double authority_end_seconds = 0;  // since the epoch
  double nearest_end_seconds = 0;    // the same; 0 = no connected host has a certificate
};

struct ReloadNumbers {
  bool is_refused = false;     // the newest one was
  double success_seconds = 0;  // since the epoch
};

// Functions are called on the scraping thread, must be thread-safe and must not block for long; an
// empty one leaves its series out.
struct MetricsSources {
  const pipeline::PictureSource& pictures;
  std::string version;
  std::function<IngestNumbers()> ingest;
  std::function<std::vector<ChannelNumbers>()> channels;
  std::function<FeedNumbers()> feed;
  std::function<bool()> store_works;
  std::function<EnrolmentNumbers()> enrolment = {};
  std::function<ReloadNumbers()> reload = {};
};

// Thread-safe.
class Metrics {
 public:
  explicit Metrics(MetricsSources sources);
  ~Metrics();

  // The whole exposition in Prometheus' text format 0.0.4, in pieces.
  void Write(const Sink& sink);

  // There are such answers: their numbers begin at 0, so that increase() sees the first.
  void ExpectRequests(std::string_view route, const std::vector<int>& statuses);

  // One HTTP request was answered. `route` is one of a closed set, never what a client wrote.
  void CountRequest(std::string_view route, int status, double seconds);

 private:
  struct Parts;
  const std::unique_ptr<Parts> parts_;
};

}  // namespace faultline::metrics
