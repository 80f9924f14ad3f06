#include "collector/operator/live_feed.h"

#include <algorithm>
#include <utility>

#include "collector/operator/convert.h"

namespace faultline::operator_api {
namespace {

std::shared_ptr<v1::LiveEvent> RemovedEvent(const HostId& host, const CheckId& check) {
  auto event = std::make_shared<v1::LiveEvent>();
  event->set_check_removed(CheckPath(host, check));
  event->mutable_removed_of()->set_stack(host.stack.stack);
  event->mutable_removed_of()->set_env(host.stack.env);
  return event;
}

std::shared_ptr<v1::LiveEvent> CheckEvent(const pipeline::Picture& picture, const HostId& host_id,
                                          const CheckId& check_id) {
  const auto host = picture.hosts.find(host_id);
  if (host == picture.hosts.end()) return RemovedEvent(host_id, check_id);
  const auto check = host->second->checks.find(check_id);
  if (check == host->second->checks.end()) return RemovedEvent(host_id, check_id);
  auto event = std::make_shared<v1::LiveEvent>();
  *event->mutable_check() = ToProto(*host->second, check->second);
  return event;
}

}  // namespace

LiveFeed::LiveFeed(WallTime started_at, size_t ring)
    : size_(std::max<size_t>(ring, 1)),
      first_id_(static_cast<uint64_t>(std::max<int64_t>(started_at.ns / 1000, 1))),
      next_id_(first_id_) {}

void LiveFeed::OnPicture(const std::shared_ptr<const pipeline::Picture>& picture,
                         const pipeline::Changes& changes) {
  // Made outside the lock: readers only wait for the append.
  std::vector<std::shared_ptr<v1::LiveEvent>> events;
  for (const HostId& id : changes.hosts) {
    const auto host = picture->hosts.find(id);
    events.push_back(std::make_shared<v1::LiveEvent>());
    if (host != picture->hosts.end()) {
      *events.back()->mutable_host() = ToProto(*host->second);
    } else {
      events.back()->set_resync(true);  // there is no event for a host that is gone
    }
  }
  for (const auto& [host, check] : changes.checks) {
    events.push_back(CheckEvent(*picture, host, check));
  }
  for (const auto& [host, check] : changes.removed_checks) {
    events.push_back(RemovedEvent(host, check));
  }
  for (const auto& alert : changes.alerts) {
    events.push_back(std::make_shared<v1::LiveEvent>());
    *events.back()->mutable_alert() = ToProto(*alert);
  }
  for (const auto& incident : changes.incidents) {
    events.push_back(std::make_shared<v1::LiveEvent>());
    *events.back()->mutable_incident() = ToProto(*incident);
  }
  if (!events.empty()) Append(std::move(events));
}

void LiveFeed::Append(std::vector<std::shared_ptr<v1::LiveEvent>> events) {
  MutexLock lock(mutex_);
  for (auto& event : events) {
    event->set_id(next_id_++);
    bytes_ += event->ByteSizeLong();
    ring_.push_back(std::move(event));
    // An incident's event carries all its alerts: a storm of them is large.
    while (ring_.size() > size_ || (bytes_ > kMaxBytes && ring_.size() > 1)) {
      bytes_ -= ring_.front()->ByteSizeLong();
      ring_.pop_front();
    }
  }
  for (Subscription* subscriber : subscribers_) {
    if (!subscriber->armed_) continue;
    subscriber->armed_ = false;
    if (subscriber->wake_) subscriber->wake_();
  }
}

std::unique_ptr<LiveFeed::Subscription> LiveFeed::Subscribe(std::optional<uint64_t> after) {
  MutexLock lock(mutex_);
  const uint64_t oldest = next_id_ - ring_.size();
  // An id from the future is another collector's.
  const bool resumes = after && *after < next_id_ && *after + 1 >= oldest;
  std::unique_ptr<Subscription> made(
      new Subscription(*this, resumes ? *after + 1 : next_id_, !resumes));
  subscribers_.insert(made.get());
  return made;
}

std::vector<LiveFeed::Event> LiveFeed::Subscription::Take(size_t max) {
  MutexLock lock(feed_.mutex_);
  std::vector<Event> taken;
  const uint64_t oldest = feed_.next_id_ - feed_.ring_.size();
  if (next_ < oldest) {  // overtaken
    next_ = feed_.next_id_;
    resync_ = true;
  }
  if (resync_ && max > 0) {
    resync_ = false;
    auto event = std::make_shared<v1::LiveEvent>();
    event->set_id(next_ - 1);
    event->set_resync(true);
    taken.push_back(std::move(event));
  }
  while (taken.size() < max && next_ < feed_.next_id_) {
    taken.push_back(feed_.ring_[next_ - oldest]);
    ++next_;
  }
  armed_ = taken.size() < max;
  return taken;
}

void LiveFeed::Subscription::set_wake(std::function<void()> wake) {
  MutexLock lock(feed_.mutex_);
  wake_ = std::move(wake);
}

LiveFeed::Subscription::~Subscription() {
  MutexLock lock(feed_.mutex_);
  feed_.subscribers_.erase(this);
}

size_t LiveFeed::subscribers() const {
  MutexLock lock(mutex_);
  return subscribers_.size();
}

uint64_t LiveFeed::events() const {
  MutexLock lock(mutex_);
  return next_id_ - first_id_;
}

}  // namespace faultline::operator_api
