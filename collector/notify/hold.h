// When a channel may be tried again. Pure.
#pragma once

#include "collector/notify/notify.h"

namespace faultline::notify {

// One thread.
class ChannelHold {
 public:
  // Nothing is begun before.
  MonoTime until() const { return until_; }

  // `random` is uniform in [0, 1).
  void Failed(const SendResult& result, MonoTime now, double random);
  void Delivered();
  // It has failed and not worked since: one message at a time finds out.
  bool is_probing() const;
  // Something new is to be told: worth a try soon, unless the receiver has asked for time.
  void HasNews(MonoTime now);

 private:
  MonoTime until_;
  MonoTime last_failure_;
  bool asked_ = false;     // by the receiver: 429, 503
  uint32_t channel_ = 0;   // failures of the channel in a row
  uint32_t messages_ = 0;  // failures of single messages in a row
};

}  // namespace faultline::notify
