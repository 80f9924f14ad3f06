// What the thread does: takes what waits and begins to send it.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "collector/notify/delivery_thread.h"
#include "common/log.h"

namespace faultline::notify {
namespace {

constexpr size_t kMostInMemory = 1000;
// Told, and the store has not written it down yet: beyond this it is not read any further.
constexpr size_t kMostUnnoted = 1024;
constexpr Span kLongestWait = Span::Seconds(60);
constexpr Span kStorePause = Span::Seconds(1);
// At the end, what is under way may still be answered.
constexpr Span kLastAnswers = Span::Millis(500);
// A message that was decided longer ago than this waited for its channel.
constexpr Span kHeldUp = Span::Seconds(2);

bool AnyFires(const incidents::Incident& incident) {
  return std::any_of(incident.alerts.begin(), incident.alerts.end(), [](const rules::Alert& alert) {
    return alert.state == rules::AlertState::kFiring;
  });
}

}  // namespace

DeliveryThread::DeliveryThread(std::unique_ptr<Notifier> notifier, store::Store& store,
                               const Clock& clock, const DeliveryOptions& options)
    : notifier_(std::move(notifier)),
      channel_(notifier_->name()),
      store_(store),
      clock_(clock),
      random_(std::random_device{}()),
      queue_(options.at_once),
      health_(channel_),
      unsaved_(channel_, store),
      our_own_(channel_, store, clock, options.repeat),
      thread_([this] { Run(); }) {}

DeliveryThread::~DeliveryThread() {
  Stop();
  thread_.join();
  MutexLock lock(noted_->mutex);
  noted_->wakes = nullptr;
}

void DeliveryThread::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  notifier_->Wake();
}

void DeliveryThread::Wake() {
  {
    MutexLock lock(mutex_);
    woken_ = true;
  }
  notifier_->Wake();
}

bool DeliveryThread::SendFromMemory(const incidents::Notification& notification) {
  {
    MutexLock lock(mutex_);
    if (arrived_.size() + unsaved_count_ >= kMostInMemory) return false;
    arrived_.push_back(notification);
    woken_ = true;
  }
  notifier_->Wake();
  return true;
}

void DeliveryThread::Run() {
  {
    MutexLock lock(noted_->mutex);
    noted_->wakes = notifier_.get();
  }
  while (TakeArrivals()) {
    if (hold_.until() <= clock_.Mono() && our_own_.RemindOfOpen()) has_news_ = true;
    Refill();
    BeginDue();
    for (const Finished& finished : notifier_->Wait(UntilNext())) Settle(finished);
  }
  const MonoTime deadline = clock_.Mono() + kLastAnswers;
  for (Span left = kLastAnswers; !under_way_.empty() && left.ns > 0;
       left = deadline - clock_.Mono()) {
    for (const Finished& finished : notifier_->Wait(left)) Settle(finished);
  }
}

bool DeliveryThread::TakeArrivals() {
  std::vector<incidents::Notification> arrived;
  uint32_t test = 0;
  {
    MutexLock lock(mutex_);
    if (stopping_) return false;
    if (std::exchange(test_wanted_, false)) test = test_.number;
    if (std::exchange(woken_, false)) {
      has_news_ = true;
      hold_.HasNews(clock_.Mono());
    }
    unsaved_count_ += arrived_.size();
    arrived.swap(arrived_);
  }
  if (test != 0) BeginTest(test);
  for (incidents::Notification& each : arrived) {
    const std::optional<bool> is_known = queue_.IsKnown(each.incident.id);
    unsaved_.Add(std::move(each), is_known);
  }
  if (!arrived.empty()) Publish();
  TakeNoted();
  return true;
}

void DeliveryThread::TakeNoted() {
  std::vector<std::pair<uint64_t, uint32_t>> noted;
  {
    MutexLock lock(noted_->mutex);
    noted.swap(noted_->noted);
  }
  const bool was_full = queue_.unnoted() >= kMostUnnoted;
  if (!noted.empty() && (was_full || our_own_.has_overflows())) has_room_ = true;
  for (const auto& [incident, version] : noted) queue_.Noted(incident, version);
}

void DeliveryThread::Refill() {
  const MonoTime now = clock_.Mono();
  if (queue_.NextMoment(last_fill_) <= now) has_room_ = true;
  if (!queue_.HasRoom() || hold_.until() > now || next_fill_ > now) return;
  if (!has_news_ && !(has_room_ && queue_.IsSpent(now))) return;
  unsaved_.DropSaved();
  std::vector<store::Waiting> window;
  if (queue_.unnoted() < kMostUnnoted) {
    auto stored = store_.Window(channel_, [&](const store::Waiting& waiting) {
      return !queue_.IsWorthFilling(waiting, now);
    });
    if (stored.ok()) {
      window = *std::move(stored);
    } else {
      next_fill_ = now + kStorePause;
      LogWarning(absl::StrCat("notify ", channel_,
                              ": cannot read what waits: ", stored.status().message()));
    }
  }
  unsaved_.AddTo(window);
  our_own_.AddTo(window);
  queue_.Fill(std::move(window), now);
  last_fill_ = now;
  queue_.budget().Forget(now);
  has_room_ = false;
  has_news_ = our_own_.EndOverflows(queue_);
  Publish();
}

bool DeliveryThread::MayBegin(MonoTime now) const {
  return hold_.until() <= now && queue_.HasRoom() &&
         !(hold_.is_probing() && queue_.under_way() > 0);
}

void DeliveryThread::BeginDue() {
  const MonoTime now = clock_.Mono();
  while (MayBegin(now)) {
    const std::optional<store::Waiting> next = queue_.Next(now);
    const std::vector<store::Waiting> passed_over = queue_.TakePassedOver();
    for (const store::Waiting& waiting : passed_over) PassOver(waiting);
    if (!passed_over.empty()) has_room_ = true;
    if (our_own_.BeginOverflows(queue_)) has_news_ = true;
    if (!next) break;
    Begin(*next);
  }
}

void DeliveryThread::Begin(const store::Waiting& waiting) {
  absl::StatusOr<Message> message = MessageOf(waiting);
  if (!message.ok()) {
    // Another has taken its place, or it cannot be read: what the store says next counts.
    queue_.Failed(waiting, clock_.Mono() + kStorePause);
    has_news_ = true;
    return;
  }
  const uint64_t ticket = ++last_ticket_;
  under_way_.emplace(ticket, UnderWay{waiting, message->notification.incident.state});
  notifier_->Begin(ticket, message->notification, message->key);
}

absl::StatusOr<DeliveryThread::Message> DeliveryThread::MessageOf(const store::Waiting& waiting) {
  if (waiting.incident >= kFirstOfOurOwn) {
    const OurOwnMessages::Message* own = our_own_.Find(waiting.incident);
    if (own == nullptr) return absl::NotFoundError("it is over");
    return Message{own->notification, own->key};
  }
  Message message;
  if (const auto* unsaved = unsaved_.Find(waiting.incident, waiting.version)) {
    message.notification = *unsaved;
  } else {
    auto frozen = store_.Frozen(waiting.incident, waiting.version);
    if (!frozen.ok()) return frozen.status();
    message.notification.incident = InWordsOfNow(waiting, *std::move(frozen));
    message.notification.version = waiting.version;
  }
  message.notification.event =
      EventOf(waiting.urgency == store::Urgency::kNews, message.notification.incident.state);
  message.key = KeyOf(message.notification);
  return message;
}

// What was held up, by a channel that failed, may say that something is out which is over: of what
// comes and goes no single end is decided on as news.
incidents::Incident DeliveryThread::InWordsOfNow(const store::Waiting& waiting,
                                                 incidents::Incident frozen) const {
  if (waiting.decided_at + kHeldUp >= clock_.Now() || !AnyFires(frozen)) return frozen;
  auto now = store_.GetIncident(waiting.incident);
  const bool is_over_for_now = now.ok() && now->state == incidents::IncidentState::kOpen &&
                               now->notifications == waiting.version && !AnyFires(*now);
  return is_over_for_now ? *std::move(now) : std::move(frozen);
}

Span DeliveryThread::UntilNext() const {
  const MonoTime now = clock_.Mono();
  MonoTime next = now + kLongestWait;
  if (MayBegin(now) && next_fill_ <= now && (has_news_ || has_room_)) return Span{};
  for (const MonoTime moment :
       {hold_.until(), queue_.NextMoment(now), next_fill_, our_own_.next_look()}) {
    if (moment > now) next = std::min(next, moment);
  }
  return next - now;
}

std::unique_ptr<Delivery> Delivery::Start(std::unique_ptr<Notifier> notifier, store::Store& store,
                                          const Clock& clock, const DeliveryOptions& options) {
  return std::make_unique<DeliveryThread>(std::move(notifier), store, clock, options);
}

}  // namespace faultline::notify
