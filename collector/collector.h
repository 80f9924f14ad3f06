// Wires the collector together and runs it: the only file that knows concrete classes.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "collector/config/config.h"
#include "common/clock.h"

namespace faultline::collector {

class Collector {
 public:
  // Ends what it started, in the order that loses nothing: no new input, what is queued is handled
  // and committed, deliveries in flight end.
  virtual ~Collector() = default;

  // Everything is up when it returns: store open, agents' port and HTTP listening. Errors name the
  // file, address or field and the fix. `clock` must outlive the collector.
  static absl::StatusOr<std::unique_ptr<Collector>> Start(const config::CollectorConfig& config,
                                                          const Clock& clock);

  virtual int agents_port() const = 0;
  virtual int http_port() const = 0;
  // 0 when the collector is not the authority itself.
  virtual int enrolment_port() const = 0;

  // Takes over what may change while it runs: channels and token files. What only a restart can
  // change stays and is said in the log, key by key. On an error, that of `loaded` too, nothing has
  // changed, and the status that people and programs read says so until a reload succeeds. One
  // thread.
  virtual absl::Status Reload(const absl::StatusOr<config::CollectorConfig>& loaded) = 0;

  // True when the pipeline has handled something within the last seconds: what systemd's watchdog
  // is fed on.
  virtual bool alive() const = 0;
};

}  // namespace faultline::collector
