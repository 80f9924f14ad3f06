// Which host a person means.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "cli/settings.h"
#include "faultline/v1/operator.pb.h"

namespace faultline::cli {

struct HostTarget {
  std::string stack;
  std::string env;  // may be empty: the collector knows whether it is the only one
  std::string host;
};

// `path` is STACK/HOST or, as lists show it, STACK-ENV/HOST. A host that is not among `hosts` may
// still hold a certificate, so it is taken as it was typed. INVALID_ARGUMENT: it is no such path,
// or means several hosts, or contradicts `filter`.
absl::StatusOr<HostTarget> FindHostTarget(const std::string& path, const StackFilter& filter,
                                          const v1::ListHostsResponse& hosts);

// `name` is a host's name alone, or a path as above; the host is among `hosts`. NOT_FOUND says what
// may have been meant; INVALID_ARGUMENT: it means several.
absl::StatusOr<HostTarget> FindListedHost(const std::string& name, const StackFilter& filter,
                                          const v1::ListHostsResponse& hosts);

}  // namespace faultline::cli
