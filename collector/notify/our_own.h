// What a channel is told beside what the incidents decide: reminders of what is still open, and
// that a host has more incidents than are told one by one.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "collector/notify/notify.h"
#include "collector/notify/queue.h"

namespace faultline::notify {

// Of one channel; in memory only. One thread.
class OurOwnMessages {
 public:
  // `store` and `clock` must outlive this. `repeat`: as DeliveryOptions has it.
  OurOwnMessages(std::string channel, store::Store& store, const Clock& clock, Span repeat)
      : channel_(std::move(channel)), store_(store), clock_(clock), repeat_(repeat) {}

  struct Message {
    incidents::Notification notification;
    std::string key;
    store::Waiting waiting;
    uint64_t reminds_of = 0;  // an incident; 0 = of none
  };

  // These add to what waits. True when they did.
  bool RemindOfOpen();
  bool BeginOverflows(Queue& queue);
  bool EndOverflows(Queue& queue);
  // The next look for what is still open; far away when there are no reminders.
  MonoTime next_look() const { return repeat_.ns > 0 ? next_look_ : MonoTime{INT64_MAX}; }
  bool has_overflows() const { return !overflows_.empty(); }

  void AddTo(std::vector<store::Waiting>& window) const;
  // Null: there is none of this number. A reminder of what is over by now is dropped.
  const Message* Find(uint64_t number);
  // It was told. Of a reminder: the mark for the store, but for its time.
  std::optional<store::OutboxMark> Told(uint64_t number);

 private:
  void Add(Message message);
  Message About(const std::string& host, incidents::Notification said, store::Urgency urgency);
  bool IsOver(const Message& message);

  const std::string channel_;
  store::Store& store_;
  const Clock& clock_;
  const Span repeat_;
  std::map<uint64_t, Message> messages_;                      // by number
  std::map<std::string, incidents::Notification> overflows_;  // by host
  uint64_t last_ = 0;
  MonoTime next_look_;
};

}  // namespace faultline::notify
