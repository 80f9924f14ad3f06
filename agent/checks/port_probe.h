// The port check at work: resolves, sends, waits, concludes. What silence means is in
// probe_pacing.h, what people read in port_words.h.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/checks/check.h"
#include "agent/checks/port_options.h"
#include "agent/checks/probe_pacing.h"
#include "agent/checks/target_address.h"
#include "agent/host/tcp_prober.h"

namespace faultline::checks {

class PortProbe : public Check {
 public:
  PortProbe(PortOptions options, const CheckContext& context);

  void Start() override;
  void LookNow(std::function<void()> done) override;

 private:
  void Aim(const host::IpAddress& address);
  absl::Status OpenProber();

  void Look();
  void Send();
  void ExpectAnswer();
  void OnAnswer(const host::TcpAnswer& answer);
  void OnDeadline();
  void ConcludeSilence();
  void Finish(Observation observation);
  void Report(Observation observation);

  const PortOptions options_;
  const CheckContext context_;
  TargetAddress target_;
  std::string endpoint_;  // what we aim at: "10.0.2.10:3306"
  std::unique_ptr<host::TcpProber> prober_;
  ProbePacing pacing_;
  std::optional<host::TcpAnswer> hint_;  // see Silence::hint
  MonoTime hint_at_;
  bool under_way_ = false;
  // Looks in a row that ended in silence. Meanwhile the attempt stays open for late answers: the
  // kernel takes 3 s to find that nobody on the link has the address.
  int silent_looks_ = 0;
  bool was_ok_ = false;
  std::vector<std::function<void()>> waiting_;  // asked to look now

  std::unique_ptr<host::LoopSource> deadline_timer_;
  std::unique_ptr<host::LoopSource> interval_timer_;
};

}  // namespace faultline::checks
