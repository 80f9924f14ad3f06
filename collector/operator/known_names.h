// Whether the names in a call's filters mean anything here: an empty answer to a mistyped name
// would read as "all is well".
#pragma once

#include "absl/status/status.h"
#include "collector/operator/api.h"

namespace faultline::operator_api {

// The filters stack, env, host and kind, as far as they are given. NotFound names the filter and
// what it may have meant. Known are the stacks and hosts of `picture` (its alerts and open
// incidents too), hosts that hold a certificate, and the kinds of its checks and of the rules.
absl::Status CheckNames(const Context& context, const pipeline::Picture& picture,
                        const Filters& filters);

}  // namespace faultline::operator_api
