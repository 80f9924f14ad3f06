#include "collector/pipeline/clock_witness.h"

#include <cstdlib>
#include <set>
#include <utility>

namespace faultline::pipeline {
namespace {

constexpr Span kStep = Span::Seconds(1);

// Machines, not hosts: containers of one have one clock.
size_t Agreeing(const model::Hosts& hosts, const std::string& own_boot) {
  std::set<std::string> boots;
  for (const auto& [id, host] : hosts) {
    const bool is_heard =
        host->link == model::LinkState::kConnected && host->clock_uncertainty.ns > 0;
    if (!is_heard || host->boot_id.empty() || host->boot_id == own_boot) continue;
    if (std::abs(host->clock_offset.ns) <= ClockWitness::kAgreement.ns) boots.insert(host->boot_id);
  }
  return boots.size();
}

}  // namespace

bool ClockWitness::Look(const model::Hosts& hosts, WallTime wall, MonoTime now) {
  next_ = now + kInterval;
  const Span apart{wall.ns - now.ns};
  const bool was_set = std::abs(apart.ns - std::exchange(apart_, apart).ns) > kStep.ns;
  const bool agree = Agreeing(hosts, own_boot_) >= kWitnesses;
  agreed_ = !agree ? 0 : was_set ? 1 : agreed_ + 1;
  return agreed_ >= kLooks;
}

}  // namespace faultline::pipeline
