#include "collector/notify/our_own.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "collector/notify/overflow_words.h"
#include "collector/notify/reminder.h"
#include "collector/store/outbox.h"

namespace faultline::notify {
namespace {

constexpr Span kLookPause = Span::Seconds(30);
constexpr size_t kRemindersAtOnce = 8;

}  // namespace

void OurOwnMessages::Add(Message message) {
  message.waiting.incident = kFirstOfOurOwn + ++last_;
  message.waiting.version = message.notification.version;
  message.waiting.decided_at = message.notification.decided_at;
  message.waiting.order = last_;  // before what waits of its line
  messages_.emplace(message.waiting.incident, std::move(message));
}

OurOwnMessages::Message OurOwnMessages::About(const std::string& host, incidents::Notification said,
                                              store::Urgency urgency) {
  Message message;
  message.key = KeyOf(said);
  message.notification = std::move(said);
  message.waiting.line = absl::StrCat("\x1foverflow\x1f", host);
  message.waiting.urgency = urgency;
  return message;
}

bool OurOwnMessages::BeginOverflows(Queue& queue) {
  // Before that the store counts what was told a moment ago.
  if (queue.unnoted() > 0 && store_.failing_since().ns == 0) return false;
  bool any = false;
  for (const auto& [host, untold] : queue.budget().overflowing()) {
    if (overflows_.count(host) > 0) continue;
    const absl::StatusOr<uint64_t> more = store_.Untold(channel_, host);
    incidents::Notification begun = OverflowBegins(host, more.ok() ? *more : 0, clock_.Now());
    overflows_.emplace(host, begun);
    Add(About(host, std::move(begun), store::Urgency::kUntoldCritical));
    any = true;
  }
  return any;
}

bool OurOwnMessages::EndOverflows(Queue& queue) {
  bool any = false;
  for (auto it = overflows_.begin(); it != overflows_.end();) {
    const std::string& host = it->first;
    const absl::StatusOr<uint64_t> more = store_.Untold(channel_, host);
    if (queue.budget().IsSpent(host, false, clock_.Mono()) || !more.ok() || *more > 0) {
      ++it;
      continue;
    }
    const uint64_t untold = queue.budget().Ends(host);
    Add(About(host, OverflowEnds(it->second, untold, clock_.Now()), store::Urgency::kNews));
    it = overflows_.erase(it);
    any = true;
  }
  return any;
}

bool OurOwnMessages::RemindOfOpen() {
  const MonoTime now = clock_.Mono();
  if (next_look() > now) return false;
  next_look_ = now + kLookPause;
  const auto told = store_.ToldBefore(channel_, clock_.Now() - repeat_, kRemindersAtOnce);
  if (!told.ok()) return false;
  bool any = false;
  for (const store::ToldNote& note : *told) {
    const bool is_waiting = std::any_of(messages_.begin(), messages_.end(), [&](const auto& each) {
      return each.second.reminds_of == note.incident;
    });
    auto incident = store_.GetIncident(note.incident);
    if (is_waiting || !incident.ok()) continue;
    const bool open = incident->state == incidents::IncidentState::kOpen;
    if (!ReminderDue(clock_.Now(), note.at, incident->severity, open, repeat_)) continue;
    Message message;
    message.reminds_of = note.incident;
    message.notification.event = incidents::NotificationEvent::kUpdated;
    message.notification.version = note.version;
    message.notification.decided_at = clock_.Now();
    message.notification.incident = Remind(*std::move(incident), clock_.Now());
    message.key = absl::StrCat(KeyOf(message.notification), "/reminder-", note.reminders + 1);
    message.waiting.line = store::LineOf(message.notification.incident);
    message.waiting.host = store::HostKeyOf(message.notification.incident);
    message.waiting.urgency = store::Urgency::kNews;
    Add(std::move(message));
    any = true;
  }
  return any;
}

bool OurOwnMessages::IsOver(const Message& message) {
  if (message.reminds_of == 0) return false;
  const auto incident = store_.GetIncident(message.reminds_of);
  return !incident.ok() || incident->state == incidents::IncidentState::kResolved;
}

void OurOwnMessages::AddTo(std::vector<store::Waiting>& window) const {
  for (const auto& [number, message] : messages_) window.push_back(message.waiting);
}

const OurOwnMessages::Message* OurOwnMessages::Find(uint64_t number) {
  const auto found = messages_.find(number);
  if (found == messages_.end()) return nullptr;
  if (!IsOver(found->second)) return &found->second;
  messages_.erase(found);
  return nullptr;
}

std::optional<store::OutboxMark> OurOwnMessages::Told(uint64_t number) {
  const auto found = messages_.find(number);
  if (found == messages_.end()) return std::nullopt;
  const uint64_t incident = found->second.reminds_of;
  store::OutboxMark mark;
  mark.kind = store::OutboxMark::Kind::kReminded;
  mark.channel = channel_;
  mark.incident = incident;
  mark.version = found->second.notification.version;
  messages_.erase(found);
  return incident == 0 ? std::nullopt : std::optional<store::OutboxMark>(std::move(mark));
}

}  // namespace faultline::notify
