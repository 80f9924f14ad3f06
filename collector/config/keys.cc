#include "collector/config/keys.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "collector/config/byte_size.h"
#include "collector/config/config.h"
#include "common/identity.h"
#include "common/token_limits.h"

namespace faultline::config {
namespace {

using yaml::Key;
using yaml::Literal;
using yaml::SpanLimits;

constexpr char kNeeded[] = "needed";
constexpr char kNeededInTls[] = "needed in `tls`";
constexpr Span kYear = Span::Seconds(365 * 86'400);
constexpr SpanLimits kGrace = {Span::Millis(100), Span::Seconds(86'400)};

std::string RoleNamesShown() {
  std::vector<std::string> roles;
  for (const std::string& role : HostRoles()) roles.push_back(Literal(role));
  return absl::StrJoin(roles, ", ");
}

std::vector<Key> Declarations() {
  const CollectorConfig config;  // the defaults are its members'
  const AuthorityConfig& authority = config.authority;
  const TokenSource token;
  const WebhookConfig webhook;
  return {
      {"listen.agents", Literal(config.listen_agents), "Where agents connect, host:port."},
      {"listen.enrolment", Literal(config.listen_enrolment),
       "Where hosts join and renew. An error beside `tls`."},
      {"listen.http", Literal(config.listen_http),
       "Page, API, `/metrics`, `/healthz`, `/readyz`. Loopback only."},
      {"tls.ca", kNeededInTls,
       "The agents' authority, PEM. With `tls` the collector is none itself."},
      {"tls.certificate", kNeededInTls,
       "The collector's certificate, PEM. These three are read at the start."},
      {"tls.key", kNeededInTls, "Its private key, PEM; closed to other users (mode 0600 or 0640)."},
      {"authority.directory", Literal(authority.directory),
       "Authority and register: back it up. Mode 0700."},
      {"authority.certificate_life", Literal(authority.certificate_life),
       "Life of a host's certificate, {limits}; renewed at two thirds.",
       SpanLimits{Span::Seconds(3600), kYear}},
      {"authority.renew_expired", Literal(authority.renew_expired),
       "How long after its end a certificate may still renew, {limits}.",
       SpanLimits{Span{}, kYear}},
      {"authority.tokens[].file", kNeeded,
       absl::StrCat("File of a token made elsewhere; mode 0600 or 0640. At most ", kMaxTokenFiles,
                    " tokens.")},
      {"authority.tokens[].stack", kNeeded, "Stack that hosts join: a *name*."},
      {"authority.tokens[].env", kNeeded, "Environment that hosts join: a *name*."},
      {"authority.tokens[].roles", "any, or none",
       absl::StrCat("List of ", RoleNamesShown(), ": a host has one or several of these.")},
      {"authority.tokens[].uses", Literal(absl::StrCat(token.uses)),
       absl::StrCat("How many hosts may join, 1 to ", kMaxTokenUses, ".")},
      {"authority.tokens[].ttl", Literal(token.ttl), "From its first import on, {limits}.",
       SpanLimits{kLeastTokenLife, kMostTokenLife}},
      {"authority.tokens[].replace", Literal(token.replace ? "true" : "false"),
       "`true`: may take over the name of a host that is silent."},
      {"operator.key_file", "`operator.key` beside the store",
       "The key that changes need, mode 0640; made at the first start."},
      {"store.path", Literal(config.store_path), "The history (SQLite)."},
      {"store.keep", Literal(config.store_keep),
       "How long records are kept, and incidents after their end, {limits}.",
       SpanLimits{Span::Seconds(86'400), {10 * kYear.ns}}},
      {"store.max_size", Literal(FormatByteSize(config.store_max_bytes)),
       absl::StrCat("Of the history; beyond it the oldest goes first, whatever `store.keep` says. "
                    "With KiB, MiB, GiB or TiB, at least ",
                    FormatByteSize(kLeastStoreBytes), ".")},
      {"notify[].name", kNeeded,
       absl::StrCat("Of the channel, unique: 1 to 64 letters, digits, `_`, `.`, `-`. At most ",
                    kMaxChannels, " channels.")},
      {"notify[].webhook.url", kNeeded,
       "http or https, at most 2048 bytes; never shown or logged whole. What comes there: "
       "webhook.md."},
      {"notify[].webhook.timeout", Literal(webhook.timeout), "Of one attempt, {limits}.",
       SpanLimits{Span::Millis(100), Span::Seconds(60)}},
      {"notify[].webhook.at_once", Literal(absl::StrCat(webhook.at_once)),
       absl::StrCat("How many incidents may be on their way to it together, 1 to ", kMaxAtOnce,
                    ".")},
      {"notify[].repeat", Literal(webhook.repeat),
       "How often it is told again that a critical incident is still open, {limits}; `off`: never.",
       SpanLimits{Span::Seconds(60), Span::Seconds(30 * 86'400)}},
      {"display.timezone", "UTC alone",
       "A name of the tz database (Europe/Berlin): messages have that time beside UTC. Old names "
       "(US/Pacific) need the package `tzdata-legacy` from Debian 13 on. Etc/GMT+2 is not taken, "
       "since it is two hours behind UTC. An upgrade of `tzdata` counts at once."},
      {"display.url", "no links",
       "Base of the links in messages and of the webhook's `url`, without `?` and `#`: "
       "`http://127.0.0.1:7480`."},
      {"heartbeat", Literal(config.heartbeat),
       "How often agents say that they are there, {limits}. Silence counts after 2.2 of them.",
       SpanLimits{Span::Millis(100), Span::Seconds(300)}},
      {"grace.restart", Literal(config.grace_restart),
       "How long a unit may be restarting or starting before it pages, {limits}.", kGrace},
      {"grace.upgrade", Literal(config.grace_upgrade),
       "The same while a package is upgraded, {limits}.", kGrace},
      {"grace.reboot", Literal(config.grace_reboot), "The same while its host goes down, {limits}.",
       kGrace},
      {"hosts.forget_after", Literal(config.forget_after),
       "A host of which nothing was heard for this long is not watched any more, {limits}; `off`: "
       "until `faultline host forget`.",
       SpanLimits{Span::Seconds(3600), {10 * kYear.ns}}},
      {"grace.silent_host", Literal(config.grace_silent_host),
       "How long a host that nobody hears, and nobody else can look at, may be silent before it "
       "pages, {limits}; `0` or `off`: never. Where two other hosts get no answer either, it is "
       "told "
       "within seconds.",
       SpanLimits{Span{}, Span::Seconds(86'400)}},
  };
}

}  // namespace

const yaml::Keys& CollectorKeys() {
  static const auto& keys = *new yaml::Keys(Declarations());
  return keys;
}

}  // namespace faultline::config
