// Scattered misses: PURE. They are no outage, and many of them are worth a warning.
#pragma once

#include <bitset>
#include <cstddef>
#include <string>

#include "agent/checks/observation.h"

namespace faultline::checks {

// The option of the checks that count misses: LossWindow's `percent`.
inline constexpr char kLossOption[] = "loss";

// The last 200 packets: which of them nothing answered. The misses of an outage do not belong here.
class LossWindow {
 public:
  static constexpr size_t kPackets = 200;
  static constexpr int kDefaultPercent = 10;

  // Lossy from `percent` of 200 missed packets on, until fewer than half of that are left. With 10
  // a path that loses 2 % is called lossy once in some million packets.
  explicit LossWindow(int percent = kDefaultPercent) : percent_(percent) {}

  void Add(bool answered);
  // The newest miss was answered after all.
  void TakeBack();

  bool lossy() const { return lossy_; }
  size_t missed() const { return missed_.count(); }
  size_t packets() const { return packets_; }
  double ratio() const;  // 0 to 1; 0 without packets

 private:
  void Judge();

  int percent_;
  std::bitset<kPackets> missed_;  // bit 0 is the newest
  size_t packets_ = 0;            // at most kPackets
  bool lossy_ = false;
};

// Adds the ratio as the gauge `gauge`; turns OK into WARNING, PACKET_LOSS while the path is lossy.
void DescribeLoss(const LossWindow& loss, const std::string& gauge, Observation* observation);

}  // namespace faultline::checks
