#include "agent/config/collector_reader.h"

#include <unistd.h>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "agent/config/keys.h"
#include "common/host_name.h"
#include "common/identity.h"

namespace faultline::config {
namespace {

using yaml::Fields;
using yaml::Quoted;

bool IsPresent(const Fields& root, const std::string& name) {
  const yaml::Node* node = root.Find(name);
  return node != nullptr && !node->is_null();
}

// A required map within the root: an error when it is not there.
Fields Required(const Fields& root, const std::string& name, bool required) {
  if (required && !IsPresent(root, name)) {
    root.Error(name,
               absl::StrCat("is missing; it holds ", absl::StrJoin(AgentKeys().In(name), ", ")));
  }
  return AgentKeys().Section(root, name);
}

bool IsMap(const Fields& root, const std::string& name) {
  return IsPresent(root, name) && root.Find(name)->is_map();
}

void ReadAddress(const Fields& root, bool required, AgentConfig& config) {
  const Fields fields = Required(root, "collector", required);
  if (!IsMap(root, "collector")) return;
  config.collector_address = fields.RequiredText("address");
  config.collector_name = fields.Text("name").value_or(config.collector_name);
  if (config.collector_address.empty()) return;
  std::string host;
  int port = 0;
  if (!SplitAddress(config.collector_address, &host, &port) || port == 0) {
    fields.Error("address",
                 absl::StrCat(Quoted(config.collector_address),
                              " is not host:port; write 10.0.1.20:7443 or [2001:db8::1]:7443"));
  }
}

void ReadTls(const Fields& root, AgentConfig& config) {
  const Fields fields = AgentKeys().Section(root, "tls");
  if (!IsMap(root, "tls")) return;
  config.tls.ca = fields.RequiredPath("ca");
  config.tls.certificate = fields.RequiredPath("certificate");
  config.tls.key = fields.RequiredPath("key");
}

void ReadEnrolmentAddress(const Fields& fields, AgentConfig& config) {
  std::string host;
  int port = 0;
  const std::optional<std::string> text = fields.Text("address");
  if (!text.has_value()) {
    if (!SplitAddress(config.collector_address, &host, &port)) return;  // an error of its own
  } else if (!SplitAddress(*text, &host, &port)) {
    fields.Error("address",
                 absl::StrCat(Quoted(*text), " is not host:port; write 10.0.1.20:", kEnrolmentPort,
                              ", or leave it out for the collector's "
                              "host"));
    return;
  }
  if (!text.has_value() || port == 0) port = kEnrolmentPort;
  config.join.address = absl::StrCat(host, ":", port);
}

void ReadJoin(const Fields& root, const ParseOptions& options, AgentConfig& config) {
  const Fields fields = AgentKeys().Section(root, "join");
  if (!IsMap(root, "join")) return;
  config.join.token_file = fields.RequiredPath("token_file");
  ReadEnrolmentAddress(fields, config);
  if (const std::optional<std::string> name = fields.Text("host"); name.has_value()) {
    config.join.host = *name;
    if (!IsIdentityName(*name)) {
      fields.Error("host", absl::StrCat(Quoted(*name),
                                        " must be 1 to 63 letters, digits, '.', '-' and '_', "
                                        "beginning with a letter or digit"));
    }
    return;
  }
  std::string machine = options.hostname;
  char own[256] = "";
  if (machine.empty() && gethostname(own, sizeof(own) - 1) == 0) machine = own;
  config.join.host = HostNameOf(machine);
  if (config.join.host.empty()) {
    fields.Error("host", absl::StrCat("is missing, and this machine's own name ", Quoted(machine),
                                      " cannot be taken; write host: NAME"));
  }
}

}  // namespace

std::string HostNameOf(std::string_view hostname) {
  const std::string_view label = hostname.substr(0, hostname.find('.'));
  return IsIdentityName(label) ? std::string(label) : "";
}

bool SplitAddress(std::string_view address, std::string* host, int* port) {
  *port = 0;
  size_t end = address.find(':');
  if (!address.empty() && address.front() == '[') {
    end = address.find(']');
    if (end == std::string_view::npos || end < 2) return false;
    ++end;
  }
  *host = address.substr(0, end);
  const bool is_host = host->size() > 2 && host->front() == '['
                           ? IsIpv6(std::string_view(*host).substr(1, host->size() - 2))
                           : IsHostName(*host);
  if (!is_host) return false;
  if (end >= address.size()) return true;
  // A bare IPv6 address has more colons; its port could not be told from its last group.
  const std::string_view digits = address.substr(end + 1);
  return address[end] == ':' && digits.find(':') == std::string_view::npos &&
         absl::SimpleAtoi(absl::string_view(digits.data(), digits.size()), port) && *port > 0 &&
         *port <= 65535;
}

void ReadCollector(const Fields& root, const ParseOptions& options, AgentConfig& config) {
  ReadAddress(root, options.needs_collector, config);
  const bool tls = IsPresent(root, "tls");
  const bool join = IsPresent(root, "join");
  if (options.needs_collector && !tls && !join) {
    root.Error("tls",
               "is missing; it holds ca, certificate, key. Or let this host join with a token: "
               "join: {token_file: /etc/faultline/join-token}");
  } else if (tls && join) {
    root.Error("join",
               "stands beside tls, and only one may: remove tls to join with a token, or "
               "join to use the certificates of tls");
  }
  ReadTls(root, config);
  ReadJoin(root, options, config);
}

}  // namespace faultline::config
