#include "agent/joining.h"

#include <unistd.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/host/host_facts.h"
#include "agent/host/secret_file.h"
#include "agent/link/identity_store.h"
#include "agent/link/join_proof.h"

namespace faultline::agent {
namespace {

absl::StatusOr<host::Secret> ReadToken(const std::string& path) {
  absl::StatusOr<host::Secret> token = host::ReadSecretFile(path, "the join token's file");
  if (!absl::IsNotFound(token.status())) return token;
  return absl::NotFoundError(absl::StrCat(
      token.status().message(), "; write a token there that the collector has made, mode 600"));
}

}  // namespace

link::EnrollerOptions JoinOptions(const config::AgentConfig& config) {
  const std::string token_file = config.join.token_file;
  link::EnrollerOptions options;
  options.target = {.address = config.join.address, .server_name = config.collector_name};
  options.host = config.join.host;
  options.token = [token_file] { return ReadToken(token_file); };
  options.token_stamp = [token_file] { return host::SecretFileStamp(token_file); };
  options.describe = [role = config.role](faultline::v1::EnrolRequest* request) {
    request->set_role(role);
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
    return absl::StrCat(link::Joined(*present).detail, "; renews it at ", config.join.address);
  }
  if (!absl::IsNotFound(present.status())) return present.status();
  const auto token = ReadToken(config.join.token_file);
  if (!token.ok()) {
    return absl::Status(token.status().code(),
                        absl::StrCat("join.token_file: ", token.status().message()));
  }
  const auto parsed = link::ParseJoinToken(token->value());
  if (!parsed.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("join.token_file: ", config.join.token_file, ": ", parsed.status().message()));
  }
  return absl::StrCat("joins at ", config.join.address, " as host ", config.join.host,
                      " with the token ", parsed->id);
}

}  // namespace faultline::agent
