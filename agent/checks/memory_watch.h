// The memory check at work: reads /proc, is told of pressure by the kernel, and asks the kernel's
// log who was killed. What it means is in memory_judge.h.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "agent/checks/check.h"
#include "agent/checks/memory_judge.h"

namespace faultline::checks {

struct MemoryOptions {
  MemoryLimits limits;
  Span interval;
  std::string check_id;
  std::string root;  // before every path; for tests
};

class MemoryWatch : public Check {
 public:
  MemoryWatch(MemoryOptions options, const CheckContext& context);

  void Start() override;
  void LookNow(std::function<void()> done) override;

 private:
  using Log = absl::StatusOr<std::vector<host::KernelLine>>;

  void OnPressure();
  void Look();
  MemoryFacts Read() const;
  void CountKills(uint64_t count);
  void AskKernelLog();
  void OnKernelLog(const Log& log);
  void Save(uint64_t count) const;

  const MemoryOptions options_;
  const CheckContext context_;
  const std::string position_path_;
  MemoryPast past_;
  std::optional<uint64_t> last_count_;
  bool looked_ = false;
  bool asking_ = false;
  WallTime bout_began_;
  int pressed_looks_ = 0;  // that still follow a trigger
  std::unique_ptr<host::LoopSource> tick_;
  std::unique_ptr<host::LoopSource> soon_;
  std::unique_ptr<host::LoopSource> trigger_;
  const std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace faultline::checks
