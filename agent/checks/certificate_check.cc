// Declaration of the check `certificate`.
#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "agent/checks/certificate_watch.h"
#include "agent/checks/check.h"
#include "agent/checks/registry.h"

namespace faultline::checks {

const CheckKind& CertificateCheckKind();

namespace {

// A server need not bear more handshakes without a reason than this.
constexpr Span kBetweenHandshakes = Span::Seconds(60);

std::optional<Span> CertificateDuration(const config::CheckConfig& check, const std::string& name) {
  const Span span = DurationOption(check, CertificateCheckKind(), name);
  if (span.ns == 0) return std::nullopt;
  return span;
}

bool IsAbsolute(const std::string& path) { return path.size() > 1 && path[0] == '/'; }

absl::Status ValidateCertificateTarget(const std::string& target) {
  if (IsAbsolute(target) || host::ParseHostPort(target).ok()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("target: \"", target,
                   "\" is neither an absolute path nor host:port; write one like "
                   "/etc/letsencrypt/live/app/fullchain.pem or app.example:443"));
}

absl::Status ValidateLimits(const config::CheckConfig& check) {
  const std::optional<Span> warn = CertificateDuration(check, "warn");
  const std::optional<Span> critical = CertificateDuration(check, "critical");
  if (!warn || !critical || *critical <= *warn) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("critical: ", FormatSpan(*critical),
                                                 " is above warn (", FormatSpan(*warn),
                                                 "); both are what is left, so write less"));
}

// Options that need one another.
absl::Status ValidateTogether(const config::CheckConfig& check, bool is_file, bool is_served) {
  if (is_file && !is_served) {
    for (const char* name : {"served_name", "verify", "ca", "reload_grace"}) {
      if (check.options.count(name) != 0) {
        return absl::InvalidArgumentError(
            absl::StrCat(name, ": is about a served certificate; give `served` as well"));
      }
    }
  }
  const CheckKind& kind = CertificateCheckKind();
  const std::string renewal = StringOption(check, kind, "renewal");
  if (is_file || renewal.empty() || absl::EndsWith(renewal, ".conf")) return absl::OkStatus();
  const auto endpoint = host::ParseHostPort(check.id.target);
  const bool has_name = check.options.count("served_name") != 0 ||
                        check.options.count("hostname") != 0 ||
                        (endpoint.ok() && !host::ParseIpAddress(endpoint->host).has_value());
  if (has_name) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "renewal: an address says not which of the folder; give `served_name` as well");
}

absl::Status ValidateCertificate(const config::CheckConfig& check) {
  const CheckKind& kind = CertificateCheckKind();
  if (absl::Status valid = ValidateCertificateTarget(check.id.target); !valid.ok()) return valid;
  const bool is_file = IsAbsolute(check.id.target);
  const std::string served = StringOption(check, kind, "served");
  if (!served.empty() && !is_file) {
    return absl::InvalidArgumentError(
        "served: the target is a served certificate already; remove one of them");
  }
  if (!served.empty()) {
    if (const auto endpoint = host::ParseHostPort(served); !endpoint.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("served: ", std::string(endpoint.status().message())));
    }
  }
  for (const char* name : {"renewal", "ca"}) {
    const std::string path = StringOption(check, kind, name);
    if (!path.empty() && !IsAbsolute(path)) {
      return absl::InvalidArgumentError(
          absl::StrCat(name, ": \"", path, "\" is not an absolute path"));
    }
  }
  if (absl::Status limits = ValidateLimits(check); !limits.ok()) return limits;
  return ValidateTogether(check, is_file, !served.empty());
}

std::unique_ptr<Check> Make(const config::CheckConfig& check, const CheckContext& context) {
  const CheckKind& kind = CertificateCheckKind();
  CertificateOptions options;
  std::string served = StringOption(check, kind, "served");
  if (IsAbsolute(check.id.target)) {
    options.path = check.id.target;
  } else {
    served = check.id.target;
  }
  if (auto endpoint = host::ParseHostPort(served); endpoint.ok()) {
    options.served = *std::move(endpoint);
  }
  options.served_name = StringOption(check, kind, "served_name");
  options.hostnames = StringListOption(check, kind, "hostname");
  options.renewal = StringOption(check, kind, "renewal");
  options.ca = StringOption(check, kind, "ca");
  options.interval = options.served.has_value()
                         ? std::max(check.interval.value_or(kBetweenHandshakes), kBetweenHandshakes)
                         : IntervalOf(check, kind);
  options.expected.limits.warn = CertificateDuration(check, "warn");
  options.expected.limits.critical = CertificateDuration(check, "critical");
  options.expected.limits.require_chain = BoolOption(check, kind, "require_chain");
  options.expected.trusts_file = !options.path.empty() && options.ca == options.path;
  options.expected.verify = BoolOption(check, kind, "verify");
  options.expected.reload_grace = DurationOption(check, kind, "reload_grace");
  return std::make_unique<CertificateWatch>(std::move(options), context);
}

std::vector<OptionDeclaration> DeclareCertificateOptions() {
  constexpr int64_t kMinLeft = Span::Seconds(60).ns;
  constexpr int64_t kMaxLeft = Span::Seconds(int64_t{3650} * 86400).ns;
  return {
      {.name = "warn",
       .type = OptionType::kDuration,
       .help = "WARNING when less than this is left; without it a quarter of its life.",
       .min = kMinLeft,
       .max = kMaxLeft},
      {.name = "critical",
       .type = OptionType::kDuration,
       .help = "CRITICAL when less than this is left; without it 3 days or a tenth of its life, "
               "whichever is shorter.",
       .min = kMinLeft,
       .max = kMaxLeft},
      {.name = "hostname",
       .type = OptionType::kStringList,
       .help = "Names or addresses that it must cover."},
      {.name = "require_chain",
       .type = OptionType::kBool,
       .default_value = "false",
       .help = "Warn when the file's is signed by itself, or the file lacks its issuer's."},
      {.name = "served",
       .type = OptionType::kString,
       .help = "host:port of the server that should serve the file, as 127.0.0.1:443: both are "
               "looked at and compared."},
      {.name = "served_name",
       .type = OptionType::kString,
       .help = "The name to ask the server for (SNI) and that it must cover; without it the first "
               "`hostname`, else the server's own, else the file's first."},
      {.name = "verify",
       .type = OptionType::kBool,
       .default_value = "true",
       .help = "Whether a served chain that is not trusted here is an error."},
      {.name = "ca",
       .type = OptionType::kString,
       .help = "PEM file of the only authorities to trust for the served one, read at each look; "
               "without it the system's. For `reload_grace` after it changes, what it held before "
               "is trusted as well."},
      {.name = "reload_grace",
       .type = OptionType::kDuration,
       .default_value = "60s",
       .help = "How long after a renewal the server may go on serving the old one.",
       .min = Span::Seconds(1).ns,
       .max = Span::Seconds(86400).ns},
      {.name = "renewal",
       .type = OptionType::kString,
       .help = "certbot's configuration of its renewal, or the folder of those, as "
               "/etc/letsencrypt/renewal: then a renewal that is overdue is told."}};
}

std::vector<ReasonDeclaration> DeclareCertificateReasons() {
  return {
      {"EXPIRES_SOON", "WARNING or CRITICAL: less than `warn` or `critical` is left."},
      {"EXPIRED", "CRITICAL: its end has passed."},
      {"NOT_YET_VALID", "CRITICAL: its beginning is ahead, by this host's clock."},
      {"HOSTNAME_MISMATCH", "CRITICAL: it does not cover a name of `hostname` or `served_name`."},
      {"SELF_SIGNED",
       "CRITICAL for a served one; WARNING for a file with `require_chain`: it is its own issuer."},
      {"CHAIN_INCOMPLETE",
       "CRITICAL for a served one: an issuer is neither served nor trusted here; WARNING for a "
       "file with `require_chain`: its issuer's certificate is missing."},
      {"UNTRUSTED", "CRITICAL: the served chain cannot be verified here for another cause."},
      {"KEY_MISMATCH",
       "CRITICAL: in the handshake the server signs with a key that is not the certificate's."},
      {"TLS_FAILED", "CRITICAL: the server cannot complete a handshake; the detail says why."},
      {"SERVED_IS_OLDER",
       "WARNING, CRITICAL once the served one is about to expire or has: the file was renewed and "
       "the server not reloaded within `reload_grace`."},
      {"SERVED_DIFFERS", "WARNING: the server serves another one than the file's, not an older."},
      {"RENEWAL_FAILING",
       "WARNING: certbot's renewal is overdue by a day, switched off or not configured."},
      {"SERVED_UNREACHABLE", "UNKNOWN: no connection, so nothing is known of what is served."},
      {"CA_UNREADABLE", "UNKNOWN: the file of `ca` cannot be used."},
      {"FILE_UNREADABLE", "UNKNOWN: the file is not there, or no file."},
      {"RIGHT_MISSING", "UNKNOWN: may not read it."},
      {"NOT_A_CERTIFICATE", "UNKNOWN: the file holds no certificate in PEM form."}};
}

CheckKind DeclareCertificate() {
  CheckKind kind;
  kind.kind = "certificate";
  kind.help =
      "The validity of a certificate file, of a served certificate, or of both and that they are "
      "the same. A file is looked at when it or a symlink on its way changes, a served one by a "
      "TLS handshake without a request at most once a minute and when the file changes; both at "
      "the moments when time alone changes the answer.";
  kind.target_help =
      "the absolute path of a PEM file, as in /etc/letsencrypt/live/app/fullchain.pem, or "
      "host:port of a server, as in app.example:443";
  kind.rights =
      "To read the file and the directories on its way (certbot's are root's only). Without: "
      "UNKNOWN, RIGHT_MISSING. Never the private key. For a served one: none.";
  kind.default_interval = Span::Seconds(3600);
  kind.min_interval = Span::Seconds(1);
  kind.options = DeclareCertificateOptions();
  kind.reasons = DeclareCertificateReasons();
  kind.gauges = {
      {"certificate_not_after_timestamp_seconds",
       "When the certificate ends, in seconds since 1970: the file's, or the served one's where "
       "no file is given."},
      {"certificate_served_not_after_timestamp_seconds",
       "When the certificate that is really served ends, in seconds since 1970."}};
  kind.validate = &ValidateCertificate;
  kind.make = &Make;
  return kind;
}

}  // namespace

const CheckKind& CertificateCheckKind() {
  static const CheckKind kKind = DeclareCertificate();
  return kKind;
}

}  // namespace faultline::checks
