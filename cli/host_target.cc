#include "cli/host_target.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/live_picture.h"
#include "cli/render_parts.h"
#include "cli/suggest.h"
#include "cli/terminal_text.h"

namespace faultline::cli {
namespace {

bool Names(const std::string& place, const v1::StackRef& stack) {
  return place == stack.stack() || place == StackName(stack);
}

}  // namespace

absl::StatusOr<HostTarget> FindHostTarget(const std::string& path, const StackFilter& filter,
                                          const v1::ListHostsResponse& hosts) {
  const size_t slash = path.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == path.size()) {
    return absl::InvalidArgumentError(absl::StrCat("'host revoke' needs STACK/HOST, not '",
                                                   TerminalText(path, 150),
                                                   "'; see: faultline host list"));
  }
  const std::string place = path.substr(0, slash);
  const std::string name = path.substr(slash + 1);
  std::vector<HostTarget> found;
  std::vector<std::string> paths;
  for (const v1::Host& host : hosts.hosts()) {
    if (host.name() != name || !filter.Matches(host.stack()) || !Names(place, host.stack())) {
      continue;
    }
    found.push_back({host.stack().stack(), host.stack().env(), name});
    paths.push_back(TerminalText(HostPath(host.stack(), name), 150));
  }
  if (found.size() == 1) return found[0];
  if (found.size() > 1) {
    return absl::InvalidArgumentError(absl::StrCat(
        "'", TerminalText(path, 150), "' may be ", absl::StrJoin(paths, " or "), "; ",
        // Joined by a dash, two stacks may read the same.
        paths[0] == paths[1] ? "" : "type one of these, or ", "say --stack and --env"));
  }
  if (filter.stack.empty()) return HostTarget{place, filter.env, name};
  v1::StackRef stack;
  stack.set_stack(filter.stack);
  stack.set_env(filter.env);
  if (Names(place, stack)) return HostTarget{filter.stack, filter.env, name};
  return absl::InvalidArgumentError(
      absl::StrCat("'", TerminalText(path, 150), "' is not in the stack of --stack ",
                   TerminalText(filter.stack, 100), "; give one of the two"));
}

absl::StatusOr<HostTarget> FindListedHost(const std::string& name, const StackFilter& filter,
                                          const v1::ListHostsResponse& hosts) {
  const size_t slash = name.find('/');
  const std::string place = slash == std::string::npos ? "" : name.substr(0, slash);
  const std::string host_name = slash == std::string::npos ? name : name.substr(slash + 1);
  std::vector<HostTarget> found;
  std::vector<std::string> paths, known;
  for (const v1::Host& host : hosts.hosts()) {
    if (!filter.Matches(host.stack())) continue;
    const std::string path = HostPath(host.stack(), host.name());
    known.push_back(slash == std::string::npos ? host.name() : path);
    if (host.name() != host_name || (!place.empty() && !Names(place, host.stack()))) continue;
    found.push_back({host.stack().stack(), host.stack().env(), host.name()});
    paths.push_back(TerminalText(path, 150));
  }
  if (found.size() == 1) return found[0];
  if (found.size() > 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", TerminalText(name, 150), "' may be ", absl::StrJoin(paths, " or "),
                     "; type one of these, or say --stack and --env"));
  }
  const std::string closest = Closest(name, known);
  return absl::NotFoundError(absl::StrCat(
      "there is no host '", TerminalText(name, 150), "'",
      closest.empty() ? "; see: faultline host list"
                      : absl::StrCat("; did you mean '", closest, "'? See: faultline host list")));
}

}  // namespace faultline::cli
