#include "agent/config/keys.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "agent/config/collector_reader.h"
#include "agent/config/config.h"
#include "agent/config/facts.h"
#include "agent/config/roles.h"
#include "common/wire_limits.h"

namespace faultline::config {
namespace {

using yaml::Key;
using yaml::Literal;

constexpr char kNeeded[] = "needed";
constexpr char kNeededInTls[] = "needed in `tls`";

std::string RoleNamesShown() {
  std::vector<std::string> roles;
  for (const std::string& role : RoleNames()) roles.push_back(Literal(role));
  return absl::StrJoin(roles, ", ");
}

std::vector<Key> Declarations() {
  std::vector<Key> keys = {
      {"collector.address", kNeeded,
       "The collector's agent port, host:port: `10.0.1.20:7443` or `[2001:db8::1]:7443`."},
      {"collector.name", Literal(AgentConfig().collector_name),
       "The name that the collector's certificate has to have."},
      {"join.token_file", "needed in `join`",
       "File of the join token, one line; closed to other users (mode 0600 or 0640)."},
      {"join.address", absl::StrCat("collector's host, port ", kEnrolmentPort),
       absl::StrCat("The collector's enrolment; a host alone gets port ", kEnrolmentPort, ".")},
      {"join.host", "first part of the hostname", "Name to join under: a *name*."},
      {"tls.ca", kNeededInTls, "The authority of the collector's certificate, PEM."},
      {"tls.certificate", kNeededInTls, "This host's certificate, PEM."},
      {"tls.key", kNeededInTls,
       "Its private key, PEM; closed to other users (mode 0600 or 0640). These three are read at "
       "each connection."},
      {"state_dir", Literal(kDefaultStateDir),
       "Spool, identity, positions in logs. Nothing else is written."},
      {"cloud", "`auto`", "`none`: does not find out which EC2 instance this is (agent.md)."},
      {"role", "",
       absl::StrCat("Of ", RoleNamesShown(),
                    ", one or a list: `[db, collector]`. Brings their checks, and is what "
                    "the host joins as.")},
  };
  for (const FactDeclaration& fact : FactDeclarations()) {
    keys.push_back(
        {fact.name, fact.default_value.empty() ? "" : Literal(fact.default_value), fact.help});
  }
  for (Key& key : std::vector<Key>{
           {"disable", "",
            "List of checks of the roles to leave out: `[\"ping:10.0.2.10\"]`, also of those that "
            "wait for a fact. An unknown one is an error."},
           {"checks[].kind", kNeeded, "Kind of the check: `faultline-agent explain` lists them."},
           {"checks[].target", kNeeded,
            "What it looks at: 1 to 256 bytes of printable UTF-8, of the form of its kind."},
           {"checks[].name", "",
            "Tells two of one kind and target apart: at most 64 letters, digits, `_`, `.`, `-`."},
           {"checks[].subject", "by the rules",
            absl::StrCat(
                "What it speaks of: `database`, `site`, ... One subject makes one incident; by "
                "the rules a port, a disk, a unit or a certificate is its own. At most ",
                WireLimits::kMaxSubject, " bytes.")},
           {"checks[].interval", "the kind's",
            absl::StrCat("Duration; the kind says the least, ",
                         FormatSpan(WireLimits::kLongestInterval), " is the most.")}}) {
    keys.push_back(std::move(key));
  }
  return keys;
}

}  // namespace

const yaml::Keys& AgentKeys() {
  static const auto& keys = *new yaml::Keys(Declarations());
  return keys;
}

}  // namespace faultline::config
