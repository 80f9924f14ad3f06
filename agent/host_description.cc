#include "agent/host_description.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/host/address_watch.h"
#include "agent/host/host_facts.h"
#include "common/log.h"

namespace faultline::agent {

HostDescription::HostDescription(host::Loop& loop, cloud::SearchOptions options,
                                 std::function<void()> changed)
    : loop_(loop),
      changed_(std::move(changed)),
      search_(loop, std::move(options), [this](const cloud::Ec2Identity& identity) {
        {
          MutexLock lock(mutex_);
          identity_ = identity;
        }
        if (started_) changed_();
      }) {}

void HostDescription::Start(bool with_cloud) {
  if (with_cloud) search_.Start();
  auto watch = host::WatchAddresses(loop_, changed_);
  if (watch.ok()) {
    watch_ = *std::move(watch);
  } else {
    LogWarning(absl::StrCat(watch.status().message(),
                            "; the collector hears of changed addresses at the next connection"));
  }
  started_ = true;
}

void HostDescription::Stop() {
  search_.Stop();
  watch_.reset();
}

faultline::v1::HostFacts HostDescription::Facts() const {
  faultline::v1::HostFacts facts;
  for (const std::string& address : host::HostAddresses()) facts.add_addresses(address);
  MutexLock lock(mutex_);
  facts.set_instance_id(identity_.instance_id);
  facts.set_region(identity_.region);
  return facts;
}

}  // namespace faultline::agent
