// What the agent tells of its host beside what its checks see: addresses and EC2 identity.
#pragma once

#include <functional>
#include <memory>

#include "agent/cloud/identity_search.h"
#include "agent/host/loop.h"
#include "common/mutex.h"
#include "faultline/v1/agent_link.pb.h"

namespace faultline::agent {

// Made, started and stopped on the loop's thread.
class HostDescription {
 public:
  // `changed` runs on the loop's thread when Facts may say something else than before, never within
  // Start. `loop` must outlive this.
  HostDescription(host::Loop& loop, cloud::SearchOptions options, std::function<void()> changed);

  // `with_cloud`: finds out which EC2 instance this is, at once where cloud-init says it.
  void Start(bool with_cloud);
  void Stop();

  // Thread-safe: the addresses of now, and the identity as far as it is known.
  faultline::v1::HostFacts Facts() const;

 private:
  host::Loop& loop_;
  const std::function<void()> changed_;
  cloud::IdentitySearch search_;
  bool started_ = false;
  std::unique_ptr<host::LoopSource> watch_;
  mutable Mutex mutex_;
  cloud::Ec2Identity identity_ FAULTLINE_GUARDED_BY(mutex_);
};

}  // namespace faultline::agent
