#include "agent/checks/loss_window.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace faultline::checks {

void LossWindow::Add(bool answered) {
  missed_ <<= 1;
  missed_.set(0, !answered);
  packets_ = std::min(packets_ + 1, kPackets);
  Judge();
}

void LossWindow::TakeBack() {
  for (size_t i = 0; i < packets_; ++i) {
    if (!missed_.test(i)) continue;
    missed_.reset(i);
    break;
  }
  Judge();
}

void LossWindow::Judge() {
  const size_t limit = std::max<size_t>(kPackets * static_cast<size_t>(percent_) / 100, 2);
  if (missed() >= limit) lossy_ = true;
  if (missed() < limit / 2) lossy_ = false;
}

double LossWindow::ratio() const {
  return packets_ == 0 ? 0 : static_cast<double>(missed()) / static_cast<double>(packets_);
}

void DescribeLoss(const LossWindow& loss, const std::string& gauge, Observation* observation) {
  observation->gauges.push_back({gauge, loss.ratio()});
  if (observation->state != State::kOk || !loss.lossy()) return;
  observation->state = State::kWarning;
  observation->reason = "PACKET_LOSS";
  observation->evidence.push_back(
      {absl::StrFormat("%d of the last %d packets unanswered (%.0f %%)", loss.missed(),
                       loss.packets(), loss.ratio() * 100),
       {}});
  absl::StrAppend(&observation->detail,
                  ", but not every packet: ", observation->evidence.back().text);
}

}  // namespace faultline::checks
