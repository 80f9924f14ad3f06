// Delivering the outbox: one thread a channel, one file a kind of channel.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "collector/store/store.h"
#include "common/clock.h"

namespace faultline::notify {

enum class Outcome {
  kDelivered,
  kRetry,     // 429, 5xx, network: with backoff
  kRejected,  // other 4xx: tried again slowly and counted, never lost silently
};

struct SendResult {
  Outcome outcome = Outcome::kRetry;
  std::string error;  // for people, without secrets
  Span retry_after;   // {0} = the outbox decides
};

// One channel. Called on its own thread only; may block up to its own timeout.
class Notifier {
 public:
  virtual ~Notifier() = default;
  virtual const std::string& name() const = 0;
  virtual SendResult Send(const incidents::Notification& notification) = 0;
};

struct WebhookOptions {
  std::string name;
  std::string url;  // http or https; may hold a secret: never shown beyond scheme, host and port
  Span timeout = Span::Seconds(10);  // of one attempt, from name look-up to the answer's end
  std::string base_url;              // of links to incidents; empty = no link
};

// POSTs what webhook.proto specifies over a connection that stays open. Follows no redirects.
// InvalidArgument when the URL is not one of http or https.
absl::StatusOr<std::unique_ptr<Notifier>> MakeWebhookNotifier(const WebhookOptions& options,
                                                              const Clock& clock);

struct DeliveryCounters {
  uint64_t delivered = 0;
  uint64_t failed_attempts = 0;
  uint64_t rejected = 0;
  uint64_t waiting = 0;  // incidents with a message that is not delivered yet, now
};

// Takes due entries of the notifier's channel from the store and sends them; wakes at once when
// told. The destructor lets a send in flight end (bounded by its timeout), then joins.
class Delivery {
 public:
  virtual ~Delivery() = default;
  static std::unique_ptr<Delivery> Start(std::unique_ptr<Notifier> notifier, store::Store& store,
                                         const Clock& clock);
  // The rest is thread-safe.
  virtual void Wake() = 0;
  // For a store that fails: sends a notification that could not be committed. The same version of
  // the same incident is delivered once, whichever way it comes first. False, and nothing is sent,
  // when 1000 wait already; it still comes by the store.
  virtual bool SendFromMemory(const incidents::Notification& notification) = 0;
  virtual DeliveryCounters counters() const = 0;
  virtual std::string last_error() const = 0;  // empty: the last attempt succeeded
  virtual const std::string& channel() const = 0;
};

}  // namespace faultline::notify
