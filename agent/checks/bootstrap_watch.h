// The bootstrap check at work: watches cloud-init's files and reads them on a worker. What they
// mean is in bootstrap_judge.h.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/checks/bootstrap_judge.h"
#include "agent/checks/check.h"
#include "agent/host/path_watch.h"

namespace faultline::checks {

struct BootstrapOptions {
  Span interval;
  Span running_limit;
  std::string root;  // before every path; for tests
};

// Reads all that JudgeBootstrap needs. Blocks as long as the disk does.
BootstrapFacts ReadBootstrap(const std::string& root);

class BootstrapWatch : public Check {
 public:
  BootstrapWatch(BootstrapOptions options, const CheckContext& context);

  void Start() override;
  void LookNow(std::function<void()> done) override;

 private:
  void Watch(const std::string& path);
  void OnChanged();
  void Look();
  void OnFacts(const BootstrapFacts& facts);
  void ReportHung();
  void Report(Observation observation);

  const BootstrapOptions options_;
  const CheckContext context_;
  bool looking_ = false;
  bool hung_ = false;   // that look has passed its deadline
  bool again_ = false;  // something changed while a look was under way
  std::vector<std::unique_ptr<host::PathWatch>> watches_;
  std::vector<std::function<void()>> waiting_;       // for the look that is under way
  std::vector<std::function<void()>> waiting_next_;  // for the one after it
  std::unique_ptr<host::LoopSource> debounce_;
  std::unique_ptr<host::LoopSource> late_;
  std::unique_ptr<host::LoopSource> tick_;
  const std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace faultline::checks
