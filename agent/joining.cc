#include "agent/joining.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/host/host_facts.h"
#include "agent/link/identity_store.h"
#include "agent/link/join_token_file.h"

namespace faultline::agent {

link::EnrollerOptions JoinOptions(const config::AgentConfig& config) {
  link::EnrollerOptions options;
  options.target = {.address = config.join.address, .server_name = config.collector_name};
  options.token_file = config.join.token_file;
  options.applicant = {.host = config.join.host, .role = config.role, .describe = nullptr};
  options.applicant.describe = [](faultline::v1::EnrolRequest* request) {
    request->set_instance_id(host::InstanceId());
    request->set_boot_id(host::BootId());
    request->set_agent_version(FAULTLINE_VERSION);
    for (const std::string& address : host::HostAddresses()) request->add_addresses(address);
  };
  return options;
}

absl::StatusOr<std::unique_ptr<link::Enroller>> MakeEnroller(const config::AgentConfig& config,
                                                             const Clock& clock) {
  auto store = link::IdentityStore::Open(config.state_dir);
  if (!store.ok()) return store.status();
  return link::Enroller::Make(JoinOptions(config), *std::move(store), clock);
}

absl::StatusOr<std::string> JoinPlan(const config::AgentConfig& config) {
  const auto present = link::IdentityStore::Peek(config.state_dir);
  if (present.ok()) {
    const std::string kept = link::KeptAlthough(present->who, config.join.host, config.role);
    return absl::StrCat(link::Joined(*present).detail, "; renews it at ", config.join.address,
                        kept.empty() ? "" : "\nNote: ", kept);
  }
  if (!absl::IsNotFound(present.status())) return present.status();
  const auto token = link::ReadJoinToken(config.join.token_file);
  if (!token.ok()) {
    return absl::Status(token.status().code(),
                        absl::StrCat("join.token_file: ", token.status().message()));
  }
  return absl::StrCat("joins at ", config.join.address, " as host ", config.join.host,
                      " with the token ", token->id);
}

}  // namespace faultline::agent
