#include "agent/service_files.h"

#include <sys/stat.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "agent/link/identity_store.h"

namespace faultline::agent {
namespace {

constexpr char kOwnFolder[] = "/etc/faultline";

bool IsFolder(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

// Files of our own get the service's group; those of other programs keep theirs.
std::string HowToOpen(const std::string& closed, bool ours, const ServiceAccount& account) {
  const std::string mode = IsFolder(closed) ? "750" : "640";
  if (ours || absl::StartsWith(closed, kOwnFolder)) {
    return absl::StrCat("chgrp ", account.group, " ", closed, " && chmod ", mode, " ", closed);
  }
  return absl::StrCat("setfacl -m u:", account.user, IsFolder(closed) ? ":x " : ":r ", closed);
}

// Empty: it may be read.
std::string ClosedLine(const std::string& field, const std::string& path, bool ours,
                       const ServiceAccount& account) {
  if (path.empty()) return "";
  const std::string closed = UnreadableFor(account, path);
  if (closed.empty()) return "";
  const std::string way = closed == path ? "" : absl::StrCat(", because it may not enter ", closed);
  return absl::StrCat(field, path, " may not be read by ", account.user,
                      ", as whom the service runs", way, "; type: sudo sh -c '",
                      HowToOpen(closed, ours && closed == path, account), "'");
}

}  // namespace

ClosedFiles FilesClosedTo(const ServiceAccount& account, const config::AgentConfig& config) {
  ClosedFiles out;
  const auto add = [&](std::vector<std::string>* to, const std::string& field,
                       const std::string& path, bool ours) {
    std::string line = ClosedLine(field, path, ours, account);
    if (!line.empty()) to->push_back(std::move(line));
  };
  add(&out.needed, "", config.file, true);
  add(&out.needed, "tls.ca: ", config.tls.ca, true);
  add(&out.needed, "tls.certificate: ", config.tls.certificate, true);
  add(&out.needed, "tls.key: ", config.tls.key, true);
  // One that has joined has no use for its token.
  if (absl::IsNotFound(link::IdentityStore::Peek(config.state_dir).status())) {
    add(&out.needed, "join.token_file: ", config.join.token_file, true);
  }
  for (const config::CheckConfig& check : config.checks) {
    for (const char* name : {"password_file", "ca"}) {
      const auto option = check.options.find(name);
      if (option == check.options.end() || option->second.values.empty()) continue;
      add(&out.by_check, absl::StrCat(check.place, ".", name, ": "), option->second.values.front(),
          std::string_view(name) == "password_file");
    }
    if (check.id.kind == "certificate" && absl::StartsWith(check.id.target, "/")) {
      add(&out.by_check, absl::StrCat(check.place, ".target: "), check.id.target, false);
    }
  }
  return out;
}

}  // namespace faultline::agent
