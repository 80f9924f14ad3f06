// The ping check at work: resolves, sends, waits, concludes. What silence means is in
// probe_pacing.h, what people read in ping_words.h.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/checks/check.h"
#include "agent/checks/probe_pacing.h"
#include "agent/checks/target_address.h"
#include "agent/host/icmp_echo.h"

namespace faultline::checks {

struct PingOptions {
  std::string target;  // a name or a numeric address
  Span interval;
  int loss_percent = LossWindow::kDefaultPercent;
  std::string memory_path;  // remembers over restarts which address has answered; "" = nowhere
};

class PingProbe : public Check {
 public:
  PingProbe(PingOptions options, const CheckContext& context);

  void Start() override;
  void LookNow(std::function<void()> done) override;

 private:
  void Aim(const host::IpAddress& address);
  void Look();
  bool Open();
  void Send();
  void OnAnswer(const host::EchoAnswer& answer);
  void OnReply(const host::EchoAnswer& reply);
  void OnDeadline();
  void ConcludeSilence();
  void RememberThatItAnswers();
  void Finish(Observation observation);
  void Report(Observation observation);

  const PingOptions options_;
  const CheckContext context_;
  TargetAddress target_;
  std::string address_;  // what we aim at, as text
  std::unique_ptr<host::IcmpEcho> echo_;
  ProbePacing pacing_;
  std::optional<host::EchoAnswer> hint_;  // see PingSilence::hint
  MonoTime hint_at_;
  bool ever_answered_ = false;
  bool under_way_ = false;
  int silent_looks_ = 0;  // in a row; meanwhile a late reply to any packet ends the silence
  bool was_ok_ = false;
  std::vector<std::function<void()>> waiting_;  // asked to look now

  std::unique_ptr<host::LoopSource> deadline_timer_;
  std::unique_ptr<host::LoopSource> interval_timer_;
};

}  // namespace faultline::checks
