#include "collector/http/event_stream.h"

#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "collector/operator/json.h"

namespace faultline::http {
namespace {

constexpr size_t kCachedFrames = 256;

class EventStream : public BodyStream {
 public:
  EventStream(operator_api::LiveFeed& feed, FrameCache& cache, std::optional<uint64_t> after)
      : cache_(cache), subscription_(feed.Subscribe(after)) {}

  void set_wake(std::function<void()> wake) override { subscription_->set_wake(std::move(wake)); }

  std::string Take(size_t max_bytes) override {
    std::string out;
    // How soon a client comes back after a break.
    if (!std::exchange(begun_, true)) out = "retry: 1000\n\n";
    while (out.size() < max_bytes) {
      const std::vector<operator_api::LiveFeed::Event> events = subscription_->Take(1);
      if (events.empty()) break;
      out += events[0]->resync() ? EventFrame(*events[0]) : *cache_.Frame(*events[0]);
    }
    return out;
  }

  std::string KeepAlive() override { return ": still here\n\n"; }

 private:
  FrameCache& cache_;
  const std::unique_ptr<operator_api::LiveFeed::Subscription> subscription_;
  bool begun_ = false;
};

}  // namespace

std::string EventFrame(const v1::LiveEvent& event) {
  return absl::StrCat("id: ", event.id(), "\nevent: change\ndata: ", operator_api::ToJson(event),
                      "\n\n");
}

std::optional<uint64_t> ParseLastEventId(std::string_view text) {
  uint64_t id = 0;
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos ||
      !absl::SimpleAtoi(absl::string_view(text.data(), text.size()), &id)) {
    return std::nullopt;
  }
  return id;
}

std::shared_ptr<const std::string> FrameCache::Frame(const v1::LiveEvent& event) {
  MutexLock lock(mutex_);
  auto& frame = frames_[event.id()];
  if (frame == nullptr) frame = std::make_shared<const std::string>(EventFrame(event));
  const auto made = frame;
  if (frames_.size() > kCachedFrames) frames_.erase(frames_.begin());
  return made;
}

std::unique_ptr<BodyStream> MakeEventStream(operator_api::LiveFeed& feed, FrameCache& cache,
                                            std::optional<uint64_t> after) {
  return std::make_unique<EventStream>(feed, cache, after);
}

}  // namespace faultline::http
