// `faultline watch`.
#pragma once

#include "absl/status/status.h"
#include "cli/settings.h"

namespace faultline::cli {

// Until a signal asks to stop (OK) or the collector cannot be reached in the first place. `screen`:
// the status that redraws itself on the alternate screen; else one line a change, with notices on
// the error output. Text or JSON lines as `settings` say.
absl::Status Watch(const Settings& settings, bool screen);

}  // namespace faultline::cli
