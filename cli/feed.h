// The live feed that comes back: connects, keeps a picture, reconnects from where it was.
#pragma once

#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/client.h"
#include "cli/event_stream.h"
#include "cli/live_picture.h"
#include "cli/settings.h"
#include "cli/sse.h"
#include "common/clock.h"

namespace faultline::cli {

struct FeedNews {
  std::vector<v1::LiveEvent> changes;  // what a person would want to hear of, in order
  std::vector<std::string> json;       // every event that the filter lets through, one line each
  std::string notice;                  // "connected to ...", "... closed the connection; ..."
};

// Does `event` speak of a stack that `filter` lets through? True for a resync.
bool Passes(const v1::LiveEvent& event, const StackFilter& filter);

// How long to wait before connection attempt `attempt` (0 = the first after a loss), full jitter:
// `random` is from 0 to 1. From 100 ms to 5 s.
Span ReconnectDelay(int attempt, double random);

// Not thread-safe.
class Feed {
 public:
  // Without `with_picture` nothing is asked but the feed itself: `json` is all that it gives.
  Feed(HttpOptions http, StackFilter filter, bool with_picture);

  // Waits for at most `timeout`, or until `wake_fd` (-1 = none) is readable, and returns what came
  // meanwhile. An error only before it was connected once (also when the
  // collector knows no stack that the filter lets through): the caller ends with it. Later losses
  // are notices and it tries again.
  absl::StatusOr<FeedNews> Poll(Span timeout, int wake_fd);

  bool connected() const { return stream_ != nullptr && stream_->open(); }
  const LivePicture& picture() const { return picture_; }
  // The collector's time.
  WallTime CollectorNow() const { return now_at_load_ + (clock_.Mono() - loaded_at_); }

 private:
  absl::Status Take(const std::vector<SseEvent>& events, FeedNews* news);
  absl::Status Load(FeedNews* news);
  absl::Status StackIsKnown();
  void Lose(const absl::Status& why, FeedNews* news);

  HttpOptions http_;
  StackFilter filter_;
  const bool with_picture_;
  Client client_;
  SystemClock clock_;
  SseParser parser_;
  std::unique_ptr<EventStream> stream_;
  LivePicture picture_;
  bool ever_connected_ = false;
  bool greeted_ = false;      // this connection's notice is out
  bool must_load_ = true;     // the picture is not there, or events were lost
  bool just_loaded_ = false;  // no event has come since the picture was read on this connection
  int attempt_ = 0;
  MonoTime next_try_;
  WallTime now_at_load_;
  MonoTime loaded_at_;
  std::mt19937 random_{std::random_device{}()};
};

}  // namespace faultline::cli
