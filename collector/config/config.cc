#include "collector/config/config.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <set>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "collector/config/addresses.h"
#include "collector/config/authority_reader.h"
#include "collector/config/byte_size.h"
#include "collector/config/keys.h"
#include "collector/time_zone/zone_data.h"
#include "common/process_owner.h"
#include "common/yaml/reader.h"

namespace faultline::config {
namespace {

using yaml::Fields;
using yaml::Quoted;

bool IsChannelName(const std::string& name) {
  return name.size() <= 64 && std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return isalnum(c) != 0 || strchr("_.-", c) != nullptr;
         });
}

class CollectorReader {
 public:
  CollectorReader(const std::string& file, bool check_files)
      : errors_(file), check_files_(check_files) {
    config_.file = file;
  }

  absl::StatusOr<CollectorConfig> Read(const yaml::Node& root) {
    if (root.is_null()) {
      errors_.Add(1, "", "is empty; its keys: faultline-collector explain");
      return errors_.status();
    }
    const yaml::Keys& keys = CollectorKeys();
    const Fields fields(root, "", keys.In(""), errors_);
    if (!root.is_map()) return errors_.status();
    const Fields listen = keys.Section(fields, "listen");
    ReadListen(listen);
    const yaml::Node* tls = fields.Find("tls");
    if (tls != nullptr && !tls->is_null()) {
      ReadTls(keys.Section(fields, "tls"));
      for (const auto& [where, name] : {std::pair{&fields, "authority"}, {&listen, "enrolment"}}) {
        if (where->Find(name) == nullptr) continue;
        where->Error(name,
                     "goes together with the collector's own authority, and tls names yours; "
                     "remove one of the two");
      }
    }
    CheckPorts(listen);
    ReadAuthority(config_.authority, keys.Section(fields, "authority"), errors_);
    ReadPath(keys.Section(fields, "operator"), "key_file", config_.operator_key_file);
    ReadStore(keys.Section(fields, "store"));
    ReadNotify(fields);
    ReadDisplay(keys.Section(fields, "display"));
    keys.ReadDuration(fields, "heartbeat", config_.heartbeat);
    const Fields grace = keys.Section(fields, "grace");
    keys.ReadDuration(grace, "grace.restart", config_.grace_restart);
    keys.ReadDuration(grace, "grace.upgrade", config_.grace_upgrade);
    keys.ReadDuration(grace, "grace.reboot", config_.grace_reboot);
    ReadDurationOrNever(grace, "silent_host", "grace.silent_host", config_.grace_silent_host);
    ReadDurationOrNever(keys.Section(fields, "hosts"), "forget_after", "hosts.forget_after",
                        config_.forget_after);
    if (!errors_.empty()) return errors_.status();
    return std::move(config_);
  }

 private:
  // True when there is a text, which `value` then is.
  static bool ReadText(const Fields& fields, const std::string& name, std::string& value) {
    std::optional<std::string> text = fields.Text(name);
    if (!text || text->empty()) return false;
    value = *std::move(text);
    return true;
  }

  static void ReadPath(const Fields& fields, const std::string& name, std::string& value) {
    std::optional<std::string> path = fields.Path(name);
    if (path && !path->empty()) value = *std::move(path);
  }

  void ReadStore(const Fields& store) {
    ReadPath(store, "path", config_.store_path);
    CollectorKeys().ReadDuration(store, "store.keep", config_.store_keep);
    const std::optional<std::string> size = store.Text("max_size");
    if (!size || size->empty()) return;
    const std::optional<int64_t> bytes = ParseByteSize(*size);
    if (!bytes || *bytes < kLeastStoreBytes) {
      store.Error("max_size",
                  absl::StrCat(Quoted(*size), " is not a size of at least ",
                               FormatByteSize(kLeastStoreBytes), "; write 2GiB or 512MiB"));
      return;
    }
    config_.store_max_bytes = *bytes;
  }

  void ReadListen(const Fields& listen) {
    if (ReadText(listen, "agents", config_.listen_agents) &&
        !SplitHostPort(config_.listen_agents)) {
      listen.Error("agents", NotHostPort(config_.listen_agents, "0.0.0.0:7443"));
    }
    if (ReadText(listen, "enrolment", config_.listen_enrolment) &&
        !SplitHostPort(config_.listen_enrolment)) {
      listen.Error("enrolment", NotHostPort(config_.listen_enrolment, "0.0.0.0:7444"));
    }
    if (!ReadText(listen, "http", config_.listen_http)) return;
    const std::optional<HostPort> http = SplitHostPort(config_.listen_http);
    if (!http) {
      listen.Error("http", NotHostPort(config_.listen_http, "127.0.0.1:7480"));
    } else if (!IsLoopback(http->host)) {
      listen.Error("http",
                   absl::StrCat(Quoted(config_.listen_http),
                                " is not loopback; this port has no TLS and asks nobody for a "
                                "password yet, so whoever reaches it sees everything. Write "
                                "127.0.0.1:",
                                http->port, " and come by ssh -L"));
    }
  }

  // Two on one port: the second could not listen. The one that the file says is named.
  void CheckPorts(const Fields& listen) const {
    std::vector<std::pair<const char*, std::string>> ports = {{"agents", config_.listen_agents},
                                                              {"http", config_.listen_http}};
    if (config_.is_authority()) ports.emplace_back("enrolment", config_.listen_enrolment);
    for (size_t i = 0; i < ports.size(); ++i) {
      for (size_t k = i + 1; k < ports.size(); ++k) {
        const auto a = SplitHostPort(ports[i].second);
        const auto b = SplitHostPort(ports[k].second);
        if (!a || !b || !Collide(*a, *b)) continue;
        const bool second_said = listen.Find(ports[k].first) != nullptr;
        const auto& named = second_said ? ports[k] : ports[i];
        const auto& other = second_said ? ports[i] : ports[k];
        listen.Error(named.first,
                     absl::StrCat(Quoted(named.second), " takes the port of listen.", other.first,
                                  " (", other.second, "); give each a port of its own"));
      }
    }
  }

  // `off` and a bare 0 beside durations: never.
  static void ReadDurationOrNever(const Fields& fields, const char* name, const std::string& key,
                                  Span& into) {
    const yaml::Node* node = fields.Find(name);
    const bool is_off =
        node != nullptr && node->is_scalar() && (node->scalar == "0" || node->scalar == "off");
    if (is_off) {
      into = {};
    } else {
      CollectorKeys().ReadDuration(fields, key, into);
    }
  }

  static std::string NotHostPort(const std::string& text, const std::string& example) {
    return absl::StrCat(Quoted(text), " is not host:port; write ", example, " or [::1]",
                        example.substr(example.rfind(':')));
  }

  void ReadTls(const Fields& tls) {
    for (const auto& [name, value] : {std::pair{"ca", &config_.tls_ca},
                                      {"certificate", &config_.tls_certificate},
                                      {"key", &config_.tls_key}}) {
      *value = tls.RequiredPath(name);
      if (!check_files_ || value->empty() || access(value->c_str(), R_OK) == 0) continue;
      tls.Error(name, errno == EACCES
                          ? absl::StrCat(*value, " may not be read by this user; give it access, ",
                                         "for example: chgrp ", OwnGroup(), " ", *value)
                          : absl::StrCat(*value, " cannot be read: ", strerror(errno)));
    }
  }

  void ReadNotify(const Fields& fields) {
    const yaml::Node* list = fields.Find("notify");
    if (list == nullptr || list->is_null()) return;
    if (!list->is_list() || list->items.size() > kMaxChannels) {
      fields.Error("notify", absl::StrCat("must be a list of at most ", kMaxChannels,
                                          "; start each with \"- name:\""));
      return;
    }
    std::set<std::string> names;
    for (size_t i = 0; i < list->items.size(); ++i) {
      const Fields entry(list->items[i], absl::StrCat("notify[", i, "]"),
                         CollectorKeys().In("notify[]"), errors_);
      if (list->items[i].is_null()) {
        errors_.Add(list->items[i].line, absl::StrCat("notify[", i, "]"), "is empty; remove it");
      } else if (list->items[i].is_map()) {
        ReadWebhook(entry, names);
      }
    }
  }

  void ReadWebhook(const Fields& entry, std::set<std::string>& names) {
    WebhookConfig webhook;
    webhook.name = entry.RequiredText("name");
    if (!IsChannelName(webhook.name)) {
      entry.Error("name", absl::StrCat(Quoted(webhook.name),
                                       " must be 1 to 64 letters, digits, '_', '.' or '-'"));
    } else if (!webhook.name.empty() && !names.insert(webhook.name).second) {
      entry.Error("name", absl::StrCat(Quoted(webhook.name), " is taken by an entry above"));
    }
    const Fields fields = entry.Section("webhook", CollectorKeys().In("notify[].webhook"));
    webhook.url = fields.RequiredText("url");
    if (const std::string why = UrlError(webhook.url); !webhook.url.empty() && !why.empty()) {
      fields.Error("url", absl::StrCat("is not a URL of http or https: it ", why,
                                       "; write http://HOST:PORT/PATH"));
    }
    CollectorKeys().ReadDuration(fields, "notify[].webhook.timeout", webhook.timeout);
    ReadAtOnce(fields, webhook.at_once);
    ReadRepeat(entry, webhook.repeat);
    config_.webhooks.push_back(std::move(webhook));
  }

  static void ReadAtOnce(const Fields& webhook, uint32_t& at_once) {
    const std::optional<std::string> text = webhook.Text("at_once");
    if (!text) return;
    if (!absl::SimpleAtoi(*text, &at_once) || at_once < 1 || at_once > kMaxAtOnce) {
      webhook.Error("at_once",
                    absl::StrCat(Quoted(*text), " is not a number from 1 to ", kMaxAtOnce));
    }
  }

  static void ReadRepeat(const Fields& entry, Span& repeat) {
    const yaml::Node* node = entry.Find("repeat");
    // YAML's own word for it is read as a text.
    if (node != nullptr && node->is_scalar() &&
        (node->scalar == "off" || node->scalar == "0" || node->scalar == "false")) {
      repeat = {};
      return;
    }
    CollectorKeys().ReadDuration(entry, "notify[].repeat", repeat);
  }

  void ReadDisplay(const Fields& display) {
    if (ReadText(display, "timezone", config_.timezone)) {
      const absl::Status known = time_zone::CheckZone(config_.timezone);
      if (!known.ok()) {
        display.Error("timezone",
                      absl::StrCat(Quoted(config_.timezone), " ", std::string(known.message())));
      }
    }
    if (!ReadText(display, "url", config_.display_url)) return;
    std::string why = UrlError(config_.display_url);
    if (why.empty() && HasUserInfo(config_.display_url)) {
      why = "holds a user or a password, which every message would show";
    } else if (why.empty() && config_.display_url.find_first_of("?#") != std::string::npos) {
      why = "has a ? or a #";
    }
    // What it holds may be a secret.
    if (!why.empty()) {
      display.Error(
          "url", absl::StrCat("is not the base of a link: it ", why, "; write http://HOST:PORT"));
    }
    while (absl::EndsWith(config_.display_url, "/")) config_.display_url.pop_back();
  }

  yaml::Errors errors_;
  const bool check_files_;
  CollectorConfig config_;
};

absl::StatusOr<CollectorConfig> ParseConfig(const std::string& text, const std::string& file,
                                            bool check_files) {
  const absl::StatusOr<yaml::Node> root = yaml::Parse(text, file);
  if (!root.ok()) return root.status();
  return CollectorReader(file, check_files).Read(*root);
}

}  // namespace

std::string CollectorConfig::OperatorKeyFile() const {
  if (!operator_key_file.empty()) return operator_key_file;
  const size_t slash = store_path.rfind('/');
  return slash == std::string::npos ? "operator.key"
                                    : absl::StrCat(store_path.substr(0, slash + 1), "operator.key");
}

absl::StatusOr<CollectorConfig> ParseCollectorConfig(const std::string& text,
                                                     const std::string& file) {
  return ParseConfig(text, file, false);
}

absl::StatusOr<CollectorConfig> LoadCollectorConfig(const std::string& file) {
  const absl::StatusOr<std::string> text = yaml::ReadFile(file);
  if (!text.ok()) return text.status();
  return ParseConfig(*text, file, true);
}

}  // namespace faultline::config
