#include "collector/operator/known_names.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "collector/rules/rule.h"
#include "common/suggestion.h"
#include "common/text.h"

namespace faultline::operator_api {
namespace {

constexpr size_t kMaxName = 128;

std::string Quoted(const std::string& name) {
  return absl::StrCat("\"", CleanText(name, kMaxName), "\"");
}

// `of`: what holds it, " in the stack \"shop\"" or empty.
absl::Status CheckOne(const char* filter, const std::string& name,
                      const std::set<std::string>& known, const std::string& of) {
  if (name.empty() || known.count(name) > 0) return absl::OkStatus();
  std::vector<std::string> shown;
  for (const std::string& each : known) shown.push_back(CleanText(each, kMaxName));
  return absl::NotFoundError(absl::StrCat(filter, ": there is no ", filter, " ", Quoted(name), of,
                                          shown.empty() ? "; no host has connected yet" : "",
                                          Suggestion(name, shown)));
}

std::set<HostId> KnownHosts(const Context& context, const pipeline::Picture& picture) {
  std::set<HostId> hosts;
  for (const auto& [id, host] : picture.hosts) hosts.insert(id);
  for (const auto& alert : *picture.alerts) hosts.insert(alert->host);
  for (const auto& incident : picture.open_incidents) {
    hosts.insert({incident->stack, incident->host});
  }
  if (context.joining == nullptr) return hosts;
  for (const auto& [id, end] : context.joining->CertificateEnds()) hosts.insert(id);
  return hosts;
}

std::set<std::string> KnownKinds(const pipeline::Picture& picture) {
  // What agents say of themselves, each only while there is something to say.
  std::set<std::string> kinds = {"identity", "spool"};
  for (const rules::Rule& rule : rules::DefaultRules()) {
    if (!rule.kind.empty()) kinds.insert(rule.kind);
  }
  for (const auto& [id, host] : picture.hosts) {
    for (const auto& [check, state] : host->checks) kinds.insert(check.kind);
  }
  return kinds;
}

}  // namespace

absl::Status CheckNames(const Context& context, const pipeline::Picture& picture,
                        const Filters& filters) {
  const std::string& stack = filters.Text("stack");
  const std::string& env = filters.Text("env");
  const std::string& host = filters.Text("host");
  if (!stack.empty() || !env.empty() || !host.empty()) {
    std::set<std::string> stacks, envs, names;
    for (const HostId& id : KnownHosts(context, picture)) {
      stacks.insert(id.stack.stack);
      if (stack.empty() || stack == id.stack.stack) envs.insert(id.stack.env);
      if (filters.Matches(id.stack)) names.insert(id.host);
    }
    const std::string of_stack = stack.empty() ? "" : absl::StrCat(" of the stack ", Quoted(stack));
    const std::string of_env = env.empty() ? "" : absl::StrCat(" in the environment ", Quoted(env));
    absl::Status known = CheckOne("stack", stack, stacks, "");
    if (known.ok()) known = CheckOne("env", env, envs, of_stack);
    if (known.ok()) known = CheckOne("host", host, names, of_stack + of_env);
    if (!known.ok()) return known;
  }
  const std::string& kind = filters.Text("kind");
  return kind.empty() ? absl::OkStatus() : CheckOne("kind", kind, KnownKinds(picture), "");
}

}  // namespace faultline::operator_api
