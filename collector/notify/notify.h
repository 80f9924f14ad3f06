// Delivering the outbox: one thread a channel, one file a kind of channel.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "collector/operator/channels.h"
#include "collector/store/store.h"
#include "common/clock.h"

namespace faultline::notify {

enum class Outcome {
  kDelivered,
  kRetry,     // 429, 5xx, network: with backoff
  kRejected,  // other 4xx: tried again slowly and counted, never lost silently
};

// What an answer speaks of.
enum class Scope {
  kMessage,  // perhaps only of this one: others are tried
  kChannel,  // of every one: the others need not be tried now
};

struct SendResult {
  Outcome outcome = Outcome::kRetry;
  std::string error;  // for people, without secrets
  Span retry_after;   // {0} = the outbox decides
  Scope scope = Scope::kMessage;
  // The answer's status, "204", or why there is none: the same for the same trouble.
  std::string kind = {};
};

struct Finished {
  uint64_t ticket = 0;
  SendResult result;
};

// One channel's connections: several messages may be under way. One thread, but for Wake.
class Notifier {
 public:
  // What is under way ends unheard, at once.
  virtual ~Notifier() = default;
  virtual const std::string& name() const = 0;
  // `key` is the same when the same is sent again. `ticket` comes back in Finished.
  virtual void Begin(uint64_t ticket, const incidents::Notification& notification,
                     const std::string& key) = 0;
  // Returns what has finished, after `at_most` or a Wake also nothing.
  virtual std::vector<Finished> Wait(Span at_most) = 0;
  // Thread-safe: ends the Wait that runs, or else the next one.
  virtual void Wake() = 0;
};

struct WebhookOptions {
  std::string name;
  std::string url;  // http or https; may hold a secret: never shown beyond scheme, host and port
  Span timeout = Span::Seconds(10);  // of one attempt, from name look-up to the answer's end
  std::string base_url;              // of links to incidents; empty = no link
};

// POSTs what webhook.proto specifies over connections that stay open. Follows no redirects.
// InvalidArgument when the URL is not one of http or https.
absl::StatusOr<std::unique_ptr<Notifier>> MakeWebhookNotifier(const WebhookOptions& options,
                                                              const Clock& clock);

// "<dedup_key>/<version>": the webhook's Idempotency-Key.
std::string KeyOf(const incidents::Notification& notification);

// Sends one and waits for what comes of it. Of a notifier that nobody else uses.
SendResult SendAndWait(Notifier& notifier, const incidents::Notification& notification);

struct DeliveryOptions {
  size_t at_once = 4;              // messages under way, 1 or more
  Span repeat = Span::Seconds(0);  // how often an open critical incident is told again; 0 = never
};

struct DeliveryCounters {
  uint64_t delivered = 0;
  uint64_t failed_attempts = 0;
  uint64_t rejected = 0;
};

// Takes what waits for the notifier's channel from the store and sends it, the most urgent first,
// several incidents at once and those of one subject in their order; wakes at once when told.
// The destructor gives what is under way half a second to be answered and ends it then: it is sent
// again, under the same key, after the next start.
class Delivery {
 public:
  virtual ~Delivery() = default;
  static std::unique_ptr<Delivery> Start(std::unique_ptr<Notifier> notifier, store::Store& store,
                                         const Clock& clock, const DeliveryOptions& options = {});
  // The rest is thread-safe.
  virtual void Wake() = 0;
  // Begins the end, so that several can end together.
  virtual void Stop() = 0;
  // For a store that fails: sends a notification that could not be committed. The same version of
  // the same incident is delivered once, whichever way it comes first. False, and nothing is sent,
  // when 1000 wait already; it still comes by the store.
  virtual bool SendFromMemory(const incidents::Notification& notification) = 0;
  virtual DeliveryCounters counters() const = 0;
  // Asks the store.
  virtual operator_api::ChannelState state() const = 0;
  // Sends a test message at once, whatever waits or fails. state() tells what came of it.
  virtual operator_api::ChannelTestState Test() = 0;
  virtual const std::string& channel() const = 0;
};

}  // namespace faultline::notify
