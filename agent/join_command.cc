#include "agent/join_command.h"

#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <iostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/config/collector_reader.h"
#include "agent/config/keys.h"
#include "agent/config/roles.h"
#include "agent/joining.h"
#include "agent/link/enrolment_client.h"
#include "agent/link/identity_store.h"
#include "agent/link/join_attempt.h"
#include "agent/link/join_token_file.h"
#include "common/identity.h"
#include "common/suggestion.h"
#include "common/text.h"

namespace faultline::agent {
namespace {

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
  return link::IdentityStore::Open(state_dir);
}

void Print(const link::Identity& identity, const std::string& state_dir) {
  std::cout << "Identity:    " << identity.Uri() << "\n"
            << "Good until:  " << FormatForPeople(identity.life.not_after)
            << " (the agent renews it)\n"
            << "Kept in:     " << link::IdentityStore::PathIn(state_dir) << "\n"
            << std::flush;
}

JoinOutcome Failed(link::JoinStep step, const absl::Status& status) {
  return {status, JoinExitCode(step, status)};
}

}  // namespace

absl::StatusOr<config::AgentConfig> JoinConfigFor(const JoinFlags& flags,
                                                  const absl::StatusOr<config::AgentConfig>& file,
                                                  const std::string& hostname) {
  const bool complete = !flags.collector.empty() && !flags.token_file.empty();
  if (!file.ok() && !(complete && absl::IsNotFound(file.status()))) return file.status();
  config::AgentConfig config = file.ok() ? *file : config::AgentConfig();
  if (config.state_dir.empty()) config.state_dir = config::kDefaultStateDir;
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
  if (!flags.role.empty()) {
    for (const std::string& role : RolesIn(flags.role)) {
      if (config::FindRole(role) != nullptr) continue;
      return absl::InvalidArgumentError(absl::StrCat("--role: \"", CleanText(role, 80),
                                                     "\" is not a role",
                                                     Suggestion(role, config::RoleNames())));
    }
    config.role = RoleList(RolesIn(flags.role));
  }
  if (!flags.host.empty()) config.join.host = flags.host;
  if (config.join.host.empty()) {
    char own[256] = "";
    if (hostname.empty()) gethostname(own, sizeof(own) - 1);
    config.join.host = config::HostNameOf(hostname.empty() ? own : hostname);
  }
  if (!IsIdentityName(config.join.host)) {
    return absl::InvalidArgumentError(
        "--host takes 1 to 63 letters, digits, '.', '-' and '_', beginning with a letter or digit; "
        "this machine's own name cannot be taken");
  }
  return config;
}

JoinOutcome JoinOnce(const config::AgentConfig& config, bool again, const Clock& clock) {
  using link::JoinStep;
  const link::EnrollerOptions options = JoinOptions(config);
  const auto token = link::ReadJoinToken(options.token_file);
  if (absl::Status owner = BecomeOwnerOf(config.state_dir); !owner.ok()) {
    return Failed(JoinStep::kDisk, owner);
  }
  if (const auto present = link::IdentityStore::Peek(config.state_dir); present.ok() && !again) {
    std::cout << "This host has joined already (--again joins anew):\n";
    Print(*present, config.state_dir);
    const std::string kept =
        link::KeptAlthough(present->who, options.applicant.host, options.applicant.role);
    if (!kept.empty()) std::cout << "Note: " << kept << "\n" << std::flush;
    return {absl::OkStatus(), 0};
  }
  const auto store = OpenStore(config.state_dir);
  if (absl::IsAborted(store.status()) && again) {
    return {absl::FailedPreconditionError(absl::StrCat(
                store.status().message(), ". For --again: systemctl stop faultline-agent first")),
            2};
  }
  if (!store.ok()) return Failed(JoinStep::kDisk, store.status());
  link::EnrolmentClient client(options.target, clock);
  const auto attempt = link::TryToJoin(token, options.applicant, client, **store);
  if (!attempt.fingerprint.empty()) {
    std::cout << "Authority:   " << attempt.fingerprint
              << " (SHA-256; it proved that it knows the token)\n"
              << std::flush;
  }
  if (!attempt.identity.ok()) return Failed(attempt.step, attempt.identity.status());
  if (absl::Status saved = (*store)->Save(*attempt.identity); !saved.ok()) {
    return Failed(JoinStep::kDisk,
                  absl::UnavailableError(absl::StrCat(
                      saved.message(), "; then join again, the same token still counts")));
  }
  Print(*attempt.identity, config.state_dir);
  return {absl::OkStatus(), 0};
}

int JoinExitCode(link::JoinStep step, const absl::Status& status) {
  if (status.ok()) return 0;
  switch (step) {
    case link::JoinStep::kToken:
      return 2;
    case link::JoinStep::kDisk:
      return 1;
    case link::JoinStep::kProof:
    case link::JoinStep::kCollector:
      break;
  }
  return link::IsPassing(status) ? 1 : 3;
}

}  // namespace faultline::agent
