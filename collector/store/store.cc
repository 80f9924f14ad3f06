#include "collector/store/store.h"

namespace faultline::store {

bool Commit::empty() const {
  return forgotten.empty() && transitions.empty() && log_events.empty() && gaps.empty() &&
         positions.empty() && hosts.empty() && relinked.empty() && alerts.empty() &&
         incidents.empty() && timeline.empty() && outbox.empty();
}

}  // namespace faultline::store
