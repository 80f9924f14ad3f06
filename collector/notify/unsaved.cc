#include "collector/notify/unsaved.h"

#include <utility>

#include "collector/store/outbox.h"

namespace faultline::notify {
namespace {

// What is not in the store comes after what is.
constexpr uint64_t kOrderOfUnsaved = uint64_t{1} << 62;

}  // namespace

void UnsavedMessages::Add(incidents::Notification notification, std::optional<bool> is_known) {
  const incidents::Incident& incident = notification.incident;
  const absl::StatusOr<store::ToldNote> told = store_.Told(channel_, incident.id);
  if (told.ok() && told->version >= notification.version) return;
  const bool is_told = is_known.value_or(told.ok() && told->is_known());
  const auto [found, is_new] = messages_.try_emplace(incident.id);
  Unsaved& unsaved = found->second;
  if (!is_new && unsaved.waiting.version > notification.version) return;
  if (is_new) {
    unsaved.waiting.decided_at = notification.decided_at;
    unsaved.waiting.order = kOrderOfUnsaved + ++last_;
  }
  unsaved.waiting.incident = incident.id;
  unsaved.waiting.version = notification.version;
  unsaved.waiting.urgency = store::UrgencyOf(incident, is_told);
  unsaved.waiting.line = store::LineOf(incident);
  unsaved.waiting.host = store::HostKeyOf(incident);
  unsaved.notification = std::move(notification);
}

void UnsavedMessages::DropSaved() {
  if (messages_.empty() || store_.failing_since().ns != 0) return;
  std::erase_if(messages_, [this](const auto& entry) {
    const store::Waiting& waiting = entry.second.waiting;
    return store_.Frozen(waiting.incident, waiting.version).ok();
  });
}

void UnsavedMessages::AddTo(std::vector<store::Waiting>& window) const {
  for (const auto& [incident, unsaved] : messages_) window.push_back(unsaved.waiting);
}

const incidents::Notification* UnsavedMessages::Find(uint64_t incident, uint32_t version) const {
  const auto found = messages_.find(incident);
  const bool is_it = found != messages_.end() && found->second.waiting.version == version;
  return is_it ? &found->second.notification : nullptr;
}

std::shared_ptr<const incidents::Notification> UnsavedMessages::Take(uint64_t incident,
                                                                     uint32_t version) {
  const auto found = messages_.find(incident);
  if (found == messages_.end() || found->second.waiting.version > version) return nullptr;
  auto taken =
      std::make_shared<const incidents::Notification>(std::move(found->second.notification));
  messages_.erase(found);
  return taken;
}

WallTime UnsavedMessages::oldest() const {
  WallTime oldest;
  for (const auto& [incident, unsaved] : messages_) {
    const WallTime decided = unsaved.waiting.decided_at;
    if (oldest.ns == 0 || decided < oldest) oldest = decided;
  }
  return oldest;
}

}  // namespace faultline::notify
