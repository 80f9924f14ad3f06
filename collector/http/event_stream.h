// The live feed as server-sent events (WHATWG HTML, "Server-sent events").
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "collector/http/message.h"
#include "collector/operator/live_feed.h"
#include "common/mutex.h"

namespace faultline::http {

// "id: 17\nevent: change\ndata: {...}\n\n" of one event. Pure.
std::string EventFrame(const v1::LiveEvent& event);

// The id that a client sent to resume from; nullopt for what is no id, so that it resyncs.
std::optional<uint64_t> ParseLastEventId(std::string_view text);

// Frames of the newest events: each is made once, however many clients read it. Thread-safe.
class FrameCache {
 public:
  std::shared_ptr<const std::string> Frame(const v1::LiveEvent& event);

 private:
  Mutex mutex_;
  std::map<uint64_t, std::shared_ptr<const std::string>> frames_ FAULTLINE_GUARDED_BY(mutex_);
};

// `feed` and `cache` must outlive the stream.
std::unique_ptr<BodyStream> MakeEventStream(operator_api::LiveFeed& feed, FrameCache& cache,
                                            std::optional<uint64_t> after);

}  // namespace faultline::http
