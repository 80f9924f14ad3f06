#include "collector/config/authority_reader.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "collector/config/keys.h"
#include "common/identity.h"
#include "common/suggestion.h"
#include "common/token_limits.h"

namespace faultline::config {
namespace {

using yaml::Fields;
using yaml::Quoted;

void ReadName(const Fields& entry, const char* name, std::string& value) {
  value = entry.RequiredText(name);
  if (value.empty() || IsIdentityName(value)) return;
  entry.Error(name, absl::StrCat(Quoted(value),
                                 " is not 1 to 63 letters, digits, '.', '-' or '_', the first a "
                                 "letter or digit"));
}

std::vector<std::string> ReadRoles(const Fields& entry) {
  const yaml::Node* list = entry.Find("roles");
  if (list == nullptr) return {};
  if (!list->is_list() || list->items.empty()) {
    entry.Error("roles",
                "must be a list of what hosts may join as, such as [app, db]; leave it out to let "
                "hosts of any role in");
    return {};
  }
  std::vector<std::string> roles;
  for (const yaml::Node& item : list->items) {
    if (std::count(HostRoles().begin(), HostRoles().end(), item.scalar) == 0) {
      entry.Error("roles", absl::StrCat(Quoted(item.scalar), Suggestion(item.scalar, HostRoles())));
    } else if (std::count(roles.begin(), roles.end(), item.scalar) > 0) {
      entry.Error("roles", absl::StrCat(item.scalar, " stands there twice"));
    }
    roles.push_back(item.scalar);
  }
  return roles;
}

TokenSource ReadToken(const Fields& entry) {
  TokenSource token;
  const yaml::Node* file = entry.Find("file");
  if (file != nullptr &&
      file->scalar.rfind("ftok.", 0) == 0) {  // a secret, and a wrong one to show
    entry.Error("file", "is the token itself; write it into a file of mode 0600 and name that");
  } else {
    token.file = entry.RequiredPath("file");
  }
  ReadName(entry, "stack", token.stack);
  ReadName(entry, "env", token.env);
  token.roles = ReadRoles(entry);
  if (const std::optional<std::string> uses = entry.Text("uses");
      uses &&
      (!absl::SimpleAtoi(*uses, &token.uses) || token.uses < 1 || token.uses > kMaxTokenUses)) {
    entry.Error("uses", absl::StrCat(Quoted(*uses), " is not a number from 1 to ", kMaxTokenUses));
  }
  CollectorKeys().ReadDuration(entry, "authority.tokens[].ttl", token.ttl);
  if (const std::optional<std::string> replace = entry.Text("replace")) {
    token.replace = *replace == "true";
    if (!token.replace && *replace != "false") {
      entry.Error("replace", absl::StrCat(Quoted(*replace), " is neither true nor false"));
    }
  }
  return token;
}

}  // namespace

void ReadAuthority(AuthorityConfig& authority, const Fields& section, yaml::Errors& errors) {
  if (const std::optional<std::string> directory = section.Path("directory");
      directory && !directory->empty()) {
    authority.directory = *directory;
    while (authority.directory.size() > 1 && authority.directory.back() == '/') {
      authority.directory.pop_back();
    }
  }
  const yaml::Keys& keys = CollectorKeys();
  keys.ReadDuration(section, "authority.certificate_life", authority.certificate_life);
  keys.ReadDuration(section, "authority.renew_expired", authority.renew_expired);
  const yaml::Node* list = section.Find("tokens");
  if (list == nullptr || list->is_null()) return;
  if (!list->is_list() || list->items.size() > kMaxTokenFiles) {
    section.Error("tokens", absl::StrCat("must be a list of at most ", kMaxTokenFiles,
                                         "; start each with \"- file:\""));
    return;
  }
  std::map<std::string, std::string> files;  // by name: the entry that has it
  for (size_t i = 0; i < list->items.size(); ++i) {
    const std::string path = absl::StrCat(section.PathOf("tokens"), "[", i, "]");
    if (list->items[i].is_null()) {
      errors.Add(list->items[i].line, path, "is empty; remove it");
      continue;
    }
    const Fields entry(list->items[i], path, keys.In("authority.tokens[]"), errors);
    if (!list->items[i].is_map()) continue;
    TokenSource token = ReadToken(entry);
    const auto taken = files.emplace(token.file, path);
    if (!token.file.empty() && !taken.second) {
      entry.Error("file", absl::StrCat(Quoted(token.file), " stands in ", taken.first->second,
                                       " already, and a token is for one of the two; remove one"));
    }
    authority.tokens.push_back(std::move(token));
  }
}

}  // namespace faultline::config
