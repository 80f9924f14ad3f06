#include "agent/join_command.h"

#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <iostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/config/collector_reader.h"
#include "agent/joining.h"
#include "agent/link/enrolment_client.h"
#include "agent/link/identity_store.h"
#include "agent/link/join_proof.h"

namespace faultline::agent {
namespace {

constexpr char kStateDir[] = "/var/lib/faultline/agent";

absl::Status BecomeOwnerOf(const std::string& directory) {
  struct stat info {};
  if (geteuid() != 0 || stat(directory.c_str(), &info) != 0 || info.st_uid == 0) {
    return absl::OkStatus();
  }
  if (setgroups(0, nullptr) != 0 || setgid(info.st_gid) != 0 || setuid(info.st_uid) != 0) {
    return absl::UnavailableError(absl::StrCat("cannot become the owner of ", directory, " (user ",
                                               info.st_uid, "); run this as that user"));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<link::IdentityStore>> OpenStore(const std::string& state_dir) {
  std::error_code ignored;
  std::filesystem::create_directories(std::filesystem::path(state_dir).parent_path(), ignored);
  auto store = link::IdentityStore::Open(state_dir);
  if (!store.ok()) return absl::UnavailableError(store.status().message());
  return store;
}

void Print(const link::Identity& identity, const std::string& path) {
  std::cout << "Identity:    " << identity.Uri() << "\n"
            << "Good until:  " << FormatForPeople(identity.life.not_after)
            << " (the agent renews it)\n"
            << "Kept in:     " << path << "\n"
            << std::flush;
}

}  // namespace

absl::StatusOr<config::AgentConfig> JoinConfigFor(const JoinFlags& flags,
                                                  const absl::StatusOr<config::AgentConfig>& file,
                                                  const std::string& hostname) {
  const bool complete = !flags.collector.empty() && !flags.token_file.empty();
  if (!file.ok() && !complete) return file.status();
  config::AgentConfig config = file.ok() ? *file : config::AgentConfig();
  if (config.state_dir.empty()) config.state_dir = kStateDir;
  if (!flags.state_dir.empty()) config.state_dir = flags.state_dir;
  if (!flags.token_file.empty()) config.join.token_file = flags.token_file;
  if (!flags.collector.empty()) {
    std::string host;
    int port = 0;
    if (!config::SplitAddress(flags.collector, &host, &port)) {
      return absl::InvalidArgumentError(
          absl::StrCat("--collector takes HOST or HOST:PORT of the collector's enrolment, like "
                       "10.0.1.20:",
                       config::kEnrolmentPort));
    }
    config.join.address = absl::StrCat(host, ":", port == 0 ? config::kEnrolmentPort : port);
  }
  if (!config.join.enabled() || config.join.address.empty()) {
    return absl::InvalidArgumentError(
        "the configuration does not say how to join (join:); give --collector and --token-file");
  }
  if (!flags.role.empty()) config.role = flags.role;
  if (!flags.host.empty()) config.join.host = flags.host;
  if (config.join.host.empty()) {
    char own[256] = "";
    if (hostname.empty()) gethostname(own, sizeof(own) - 1);
    config.join.host = config::HostNameOf(hostname.empty() ? own : hostname);
  }
  if (!config::IsHostName(config.join.host)) {
    return absl::InvalidArgumentError(
        "--host takes 1 to 63 letters, digits, '.', '-' and '_', beginning with a letter or digit; "
        "this machine's own name cannot be taken");
  }
  return config;
}

absl::Status JoinOnce(const config::AgentConfig& config, bool again, const Clock& clock) {
  const link::EnrollerOptions options = JoinOptions(config);
  const auto text = options.token();
  if (absl::Status owner = BecomeOwnerOf(config.state_dir); !owner.ok()) return owner;
  const auto store = OpenStore(config.state_dir);
  if (!store.ok()) return store.status();
  if (const auto present = (*store)->Load(); present.ok() && !again) {
    if (clock.Now() < present->life.not_after) {
      std::cout << "This host has joined already (--again joins anew):\n";
      Print(*present, (*store)->path());
      return absl::OkStatus();
    }
  }
  if (!text.ok()) return absl::InvalidArgumentError(text.status().message());
  const auto token = link::ParseJoinToken(text->value());
  if (!token.ok()) return token.status();
  link::EnrolmentClient client(options.target, clock);
  const auto authority = client.FindAuthority(*token);
  if (!authority.ok()) return authority.status();
  std::cout << "Authority:   " << authority->fingerprint
            << " (SHA-256; it proved that it knows the token)\n"
            << std::flush;
  auto key = (*store)->JoiningKey();
  if (!key.ok()) return absl::UnavailableError(key.status().message());
  faultline::v1::EnrolRequest request;
  options.describe(&request);
  request.set_host(options.host);
  const auto identity = client.Enrol(*authority, *token, *std::move(key), std::move(request));
  if (!identity.ok()) return identity.status();
  if (absl::Status saved = (*store)->Save(*identity); !saved.ok()) {
    return absl::UnavailableError(
        absl::StrCat(saved.message(), "; then join again, the same token still counts"));
  }
  Print(*identity, (*store)->path());
  return absl::OkStatus();
}

int JoinExitCode(const absl::Status& status) {
  if (status.ok()) return 0;
  if (absl::IsInvalidArgument(status)) return 2;
  return link::IsPassing(status) ? 1 : 3;
}

}  // namespace faultline::agent
