#include "agent/checks/certificate_watch.h"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "agent/checks/certificate_file.h"
#include "agent/checks/stamp.h"
#include "agent/checks/stream_words.h"
#include "common/text.h"

namespace faultline::checks {
namespace {

// A renewal writes several files and swaps links: look when it is done.
constexpr Span kCertificateDebounce = Span::Millis(250);
// Where the directories may not be watched, or the file is not there.
constexpr Span kUnwatchedCertificate = Span::Seconds(60);
// A server that was not reached has had no handshake: no need to spare it.
constexpr Span kNotReached = Span::Seconds(10);
// After a renewal the reload mostly comes within seconds.
constexpr Span kAwaitingReload = Span::Seconds(3);
constexpr Span kReloadWatched = Span::Seconds(60);
constexpr Span kHandshakeTimeout = Span::Seconds(5);

Observation ExplainFile(const std::string& path, const absl::Status& status, bool was_read) {
  if (was_read) {
    return CouldNotLook("NOT_A_CERTIFICATE",
                        absl::StrCat(path, " ", std::string(status.message())));
  }
  return CouldNotLook(absl::IsPermissionDenied(status) ? "RIGHT_MISSING" : "FILE_UNREADABLE",
                      std::string(status.message()));
}

// The last change of the file's content, or of the symlink that leads to it (certbot swaps it).
WallTime ModifiedAt(const std::string& path) {
  WallTime latest;
  struct stat info {};
  for (const bool follow : {false, true}) {
    const int failed = follow ? stat(path.c_str(), &info) : lstat(path.c_str(), &info);
    if (failed != 0) continue;
    const WallTime modified{int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec};
    latest = std::max(latest, modified);
  }
  return latest;
}

Observation ExplainHandshake(const host::StreamEnd& end, const std::string& shown) {
  Observation out = DescribeStreamEnd(end, shown, kHandshakeTimeout, false);
  if (end.kind != host::StreamEndKind::kTls) {
    // That nobody answers is other checks' alarm; this one only could not look.
    return CouldNotLook("SERVED_UNREACHABLE",
                        absl::StrCat("cannot see the served certificate: ", out.detail));
  }
  if (end.key_mismatch) {
    out.reason = "KEY_MISMATCH";
    out.detail = absl::StrCat(shown,
                              " signs with a private key that does not belong to the certificate "
                              "that it serves: install the pair that was made together");
  }
  return out;
}

}  // namespace

CertificateWatch::CertificateWatch(CertificateOptions options, const CheckContext& context)
    : options_(std::move(options)), context_(context), trust_(options_.ca) {
  if (options_.served.has_value()) {
    lookup_.emplace(context_.loop, context_.clock, options_.served->host);
  }
}

void CertificateWatch::Start() {
  if (!options_.path.empty()) {
    auto watch = host::WatchPath(context_.loop, options_.path, host::PathEvents::kReplacedOrWritten,
                                 [this] { OnFileEvent(); });
    if (watch.ok()) watch_ = *std::move(watch);
  }
  Look(true);
}

void CertificateWatch::LookNow(std::function<void()> done) {
  waiting_.push_back(std::move(done));
  Look(true);
}

void CertificateWatch::OnFileEvent() {
  debounce_ = context_.loop.After(kCertificateDebounce, [this] {
    debounce_.reset();
    Look(false);
  });
}

// Other files of the watched folders change, too: only another certificate is worth a handshake.
void CertificateWatch::Look(bool shake_hands) {
  const bool other = ReadFile();
  if (!options_.renewal.empty()) {
    const std::string name = options_.path.empty() ? ServerName() : LineageOf(options_.path);
    looks_.renewal = ReadRenewal(options_.renewal, name);
  }
  if (shaking_) return;
  if (options_.served.has_value() && (shake_hands || other)) return ShakeHands();
  Conclude();
}

// True when it holds another certificate than before.
bool CertificateWatch::ReadFile() {
  if (options_.path.empty()) return false;
  const absl::StatusOr<std::string> pem = ReadCertificateFile(options_.path);
  absl::StatusOr<CertificateFacts> facts =
      pem.ok() ? ParseCertificates(*pem, options_.hostnames) : pem.status();
  if (!facts.ok()) {
    looks_.file.reset();
    looks_.file_failed = ExplainFile(options_.path, facts.status(), pem.ok());
    return false;
  }
  looks_.file_failed.reset();
  looks_.file = *std::move(facts);
  if (looks_.file->fingerprint == file_fingerprint_) return false;
  looks_.file_changed = FileChange(file_fingerprint_.empty());
  file_fingerprint_ = looks_.file->fingerprint;
  return true;
}

// What we saw happen happened now; of what was there before us only the file system knows.
WallTime CertificateWatch::FileChange(bool first) const {
  return first ? ModifiedAt(options_.path) : context_.clock.Now();
}

void CertificateWatch::ShakeHands() {
  shaking_ = true;
  lookup_->Get([this](const absl::StatusOr<host::IpAddress>& address) {
    if (!address.ok()) return OnNotReached(std::string(address.status().message()));
    Shake(*address);
  });
}

void CertificateWatch::Shake(const host::IpAddress& address) {
  if (address != address_) {
    address_ = address;
    endpoint_ = host::FormatEndpoint(address, options_.served->port);
    context_.sink.Resolved(address.ToString(), options_.served->port);
  }
  handshake_ = host::BeginTlsHandshake(
      context_.loop, {address, options_.served->port, kHandshakeTimeout},
      {.server_name = ServerName(),
       .ca = options_.ca,
       .also_trusted = trust_.Former(context_.clock.Mono(), options_.expected.reload_grace)},
      [this](const host::HandshakeResult& result) { OnHandshake(result); });
}

void CertificateWatch::OnNotReached(const std::string& why) {
  shaking_ = false;
  soon_again_ = true;
  looks_.served =
      ServedLook{.failed = CouldNotLook("SERVED_UNREACHABLE",
                                        absl::StrCat("cannot see the served certificate: ", why))};
  Conclude();
}

void CertificateWatch::OnHandshake(const host::HandshakeResult& result) {
  handshake_.reset();
  shaking_ = false;
  soon_again_ = false;
  ServedLook look;
  if (!result.cannot.empty()) {
    look.failed =
        CouldNotLook("CA_UNREADABLE", absl::StrCat("ca: ", CleanText(result.cannot, 400)));
  } else if (result.failure.has_value()) {
    look.failed = ExplainHandshake(*result.failure, endpoint_);
    soon_again_ = look.failed->state == State::kUnknown;
  } else {
    std::vector<std::string> names = options_.hostnames;
    const std::string server_name = ServerName();
    if (!server_name.empty() && std::find(names.begin(), names.end(), server_name) == names.end()) {
      names.push_back(server_name);
    }
    absl::StatusOr<CertificateFacts> facts = ParseCertificates(result.facts.chain, names);
    if (facts.ok()) {
      look.facts = *std::move(facts);
      look.facts.where = absl::StrCat("served at ", endpoint_);
      look.doubts = result.facts.doubts;
    } else {
      look.failed = CouldNotLook("NOT_A_CERTIFICATE", absl::StrCat("what ", endpoint_, " serves ",
                                                                   facts.status().message()));
    }
  }
  looks_.served = std::move(look);
  Conclude();
}

// What a visitor would ask for. An address is nobody's name unless it is configured as one.
std::string CertificateWatch::ServerName() const {
  if (!options_.served_name.empty()) return options_.served_name;
  if (!options_.hostnames.empty()) return options_.hostnames.front();
  if (!host::ParseIpAddress(options_.served->host).has_value()) return options_.served->host;
  if (looks_.file.has_value() && !looks_.file->names.empty() &&
      !absl::StrContains(looks_.file->names.front(), "*")) {
    return looks_.file->names.front();
  }
  return "";
}

void CertificateWatch::Conclude() {
  const WallTime now = context_.clock.Now();
  CertificateVerdict verdict = JudgeCertificates(looks_, options_.expected, now);
  Span wait = options_.interval;
  // A moment later, so that it has changed by then.
  const WallTime change = verdict.next_change + Span::Millis(1);
  if (verdict.next_change.ns != 0) wait = std::min(wait, change - now);
  const bool unwatched = !options_.path.empty() && (watch_ == nullptr || !watch_->complete() ||
                                                    looks_.file_failed.has_value());
  if (unwatched) wait = std::min(wait, kUnwatchedCertificate);
  if (soon_again_) wait = std::min(wait, kNotReached);
  if (verdict.awaits_reload && now - looks_.file_changed < kReloadWatched) {
    wait = std::min(wait, kAwaitingReload);
  }
  next_ = context_.loop.After(wait, [this] { Look(true); });
  Observation seen = std::move(verdict.observation);
  Stamp(context_.clock, &seen);
  context_.sink.Report(std::move(seen));
  std::vector<std::function<void()>> waiting;
  waiting.swap(waiting_);
  for (const std::function<void()>& done : waiting) done();
}

}  // namespace faultline::checks
