// The check `certificate`: its declaration, and the watcher of the file. The served certificate and
// its comparison with the file come later.
#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "agent/checks/certificate_file.h"
#include "agent/checks/certificate_judge.h"
#include "agent/checks/check.h"
#include "agent/checks/registry.h"
#include "agent/checks/stamp.h"
#include "agent/host/path_watch.h"

namespace faultline::checks {

const CheckKind& CertificateCheckKind();

namespace {

// A renewal writes several files and swaps links: look when it is done.
constexpr Span kDebounce = Span::Millis(250);
// Where the directories may not be watched, or the file is not there.
constexpr Span kUnwatched = Span::Seconds(60);

std::optional<Span> OptionalDuration(const config::CheckConfig& check, const std::string& name) {
  const Span span = DurationOption(check, CertificateCheckKind(), name);
  if (span.ns == 0) return std::nullopt;
  return span;
}

class CertificateCheck : public Check {
 public:
  CertificateCheck(const config::CheckConfig& check, const CheckContext& context)
      : context_(context),
        path_(check.id.target),
        interval_(IntervalOf(check, CertificateCheckKind())),
        hostnames_(StringListOption(check, CertificateCheckKind(), "hostname")) {
    limits_.warn = OptionalDuration(check, "warn");
    limits_.critical = OptionalDuration(check, "critical");
    limits_.require_chain = BoolOption(check, CertificateCheckKind(), "require_chain");
  }

  void Start() override {
    auto watch = host::WatchPath(context_.loop, path_, host::PathEvents::kReplacedOrWritten,
                                 [this] { OnChanged(); });
    if (watch.ok()) watch_ = *std::move(watch);
    Look();
  }

  void LookNow(std::function<void()> done) override {
    Look();
    done();
  }

 private:
  void OnChanged() {
    debounce_ = context_.loop.After(kDebounce, [this] {
      debounce_.reset();
      Look();
    });
  }

  void Look() {
    const WallTime now = context_.clock.Now();
    Span wait = interval_;
    Observation seen;
    const absl::StatusOr<std::string> pem = ReadCertificateFile(path_);
    absl::StatusOr<CertificateFacts> facts =
        pem.ok() ? ParseCertificates(*pem, hostnames_) : pem.status();
    if (facts.ok()) {
      CertificateVerdict verdict = JudgeCertificate(*facts, limits_, now);
      seen = std::move(verdict.observation);
      // A moment later, so that it has changed by then.
      const WallTime change = verdict.next_change + Span::Millis(1);
      if (verdict.next_change.ns != 0) wait = std::min(wait, change - now);
    } else {
      seen = Explain(facts.status(), pem.ok());
      wait = std::min(wait, kUnwatched);
    }
    if (watch_ == nullptr || !watch_->complete()) wait = std::min(wait, kUnwatched);
    next_ = context_.loop.After(wait, [this] { Look(); });
    Stamp(context_.clock, &seen);
    context_.sink.Report(std::move(seen));
  }

  Observation Explain(const absl::Status& status, bool was_read) const {
    if (was_read) {
      return CouldNotLook("NOT_A_CERTIFICATE",
                          absl::StrCat(path_, " ", std::string(status.message())));
    }
    return CouldNotLook(absl::IsPermissionDenied(status) ? "RIGHT_MISSING" : "FILE_UNREADABLE",
                        std::string(status.message()));
  }

  const CheckContext context_;
  const std::string path_;
  const Span interval_;
  const std::vector<std::string> hostnames_;
  CertificateLimits limits_;
  std::unique_ptr<host::PathWatch> watch_;
  std::unique_ptr<host::LoopSource> debounce_;
  std::unique_ptr<host::LoopSource> next_;
};

absl::Status Validate(const config::CheckConfig& check) {
  if (check.id.target.size() < 2 || check.id.target[0] != '/') {
    return absl::InvalidArgumentError(absl::StrCat("target: \"", check.id.target,
                                                   "\" is not an absolute path; write one like "
                                                   "/etc/letsencrypt/live/app/fullchain.pem"));
  }
  return absl::OkStatus();
}

CheckKind Declare() {
  constexpr int64_t kMinLeft = Span::Seconds(60).ns;
  constexpr int64_t kMaxLeft = Span::Seconds(int64_t{3650} * 86400).ns;
  CheckKind kind;
  kind.kind = "certificate";
  kind.help =
      "The validity of a certificate file. Looked at when it or a symlink on its way changes, and "
      "at the moments when time alone changes the answer.";
  kind.target_help =
      "the absolute path of a PEM file, as in /etc/letsencrypt/live/app/fullchain.pem";
  kind.rights =
      "To read the file and the directories on its way (certbot's are root's only). Without: "
      "UNKNOWN, RIGHT_MISSING. Never the private key.";
  kind.default_interval = Span::Seconds(3600);
  kind.min_interval = Span::Seconds(1);
  kind.options = {
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
       .help = "Warn when it is signed by itself, or the file lacks its issuer's certificate."}};
  kind.reasons = {
      {"EXPIRES_SOON", "WARNING or CRITICAL: less than `warn` or `critical` is left."},
      {"EXPIRED", "CRITICAL: its end has passed."},
      {"NOT_YET_VALID", "CRITICAL: its beginning is ahead, by this host's clock."},
      {"HOSTNAME_MISMATCH", "CRITICAL: it does not cover a name of `hostname`."},
      {"SELF_SIGNED", "WARNING, with `require_chain`: it is its own issuer."},
      {"CHAIN_INCOMPLETE", "WARNING, with `require_chain`: the issuer's certificate is missing."},
      {"FILE_UNREADABLE", "UNKNOWN: the file is not there, or no file."},
      {"RIGHT_MISSING", "UNKNOWN: may not read it."},
      {"NOT_A_CERTIFICATE", "UNKNOWN: the file holds no certificate in PEM form."}};
  kind.gauges = {{"certificate_not_after_timestamp_seconds", "Its end, in seconds since 1970."}};
  kind.validate = &Validate;
  kind.make = [](const config::CheckConfig& check,
                 const CheckContext& context) -> std::unique_ptr<Check> {
    return std::make_unique<CertificateCheck>(check, context);
  };
  return kind;
}

}  // namespace

const CheckKind& CertificateCheckKind() {
  static const CheckKind kind = Declare();
  return kind;
}

}  // namespace faultline::checks
