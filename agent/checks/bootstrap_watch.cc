#include "agent/checks/bootstrap_watch.h"

#include <unistd.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/checks/stamp.h"
#include "agent/host/small_file.h"

namespace faultline::checks {
namespace {

constexpr char kStatusFile[] = "/run/cloud-init/status.json";
constexpr char kResultFile[] = "/run/cloud-init/result.json";
constexpr char kOutputFile[] = "/var/log/cloud-init-output.log";
constexpr size_t kTailBytes = 16 * 1024;
constexpr size_t kOutputLines = 6;
// It writes a file beside and renames it, and several in a row.
constexpr Span kCloudInitDebounce = Span::Millis(250);
constexpr Span kReadDeadline = Span::Seconds(10);

bool Exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

// The file is written by renaming, so that it is never half there.
template <typename Parse>
absl::StatusOr<CloudInitStatus> ReadAnd(const std::string& path, const Parse& parse) {
  const absl::StatusOr<std::string> text = host::ReadSmallFile(path, kMaxCloudInitJson + 1);
  if (!text.ok()) return text.status();
  absl::StatusOr<CloudInitStatus> parsed = parse(*text);
  if (parsed.ok()) return parsed;
  return absl::InvalidArgumentError(
      absl::StrCat(path, " ", std::string(parsed.status().message())));
}

}  // namespace

BootstrapFacts ReadBootstrap(const std::string& root) {
  BootstrapFacts facts;
  facts.status = ReadAnd(root + kStatusFile, ParseCloudInitStatus);
  facts.result = ReadAnd(root + kResultFile, ParseCloudInitResult);
  facts.installed = Exists(root + "/usr/bin/cloud-init") || Exists(root + "/etc/cloud/cloud.cfg");
  facts.disabled =
      Exists(root + "/run/cloud-init/disabled") || Exists(root + "/etc/cloud/cloud-init.disabled");
  const absl::StatusOr<std::string> tail = host::ReadTail(root + kOutputFile, kTailBytes);
  if (tail.ok()) {
    facts.output = LastOutputLines(*tail, kOutputLines);
  } else if (absl::IsPermissionDenied(tail.status())) {
    facts.no_output =
        absl::StrCat("may not read ", kOutputFile, "; add the agent's user to the group adm");
  } else {
    facts.no_output = std::string(tail.status().message());
  }
  return facts;
}

BootstrapWatch::BootstrapWatch(BootstrapOptions options, const CheckContext& context)
    : options_(std::move(options)), context_(context) {}

void BootstrapWatch::Start() {
  Watch(options_.root + kStatusFile);
  Watch(options_.root + kResultFile);
  // For what time alone changes, and where the files may not be watched.
  tick_ = context_.loop.Every(options_.interval, options_.interval, [this] { Look(); });
  Look();
}

void BootstrapWatch::Watch(const std::string& path) {
  auto watch = host::WatchPath(context_.loop, path, host::PathEvents::kReplacedOrWritten,
                               [this] { OnChanged(); });
  if (watch.ok()) watches_.push_back(*std::move(watch));
}

void BootstrapWatch::OnChanged() {
  debounce_ = context_.loop.After(kCloudInitDebounce, [this] {
    debounce_.reset();
    if (looking_) {
      again_ = true;
    } else {
      Look();
    }
  });
}

void BootstrapWatch::LookNow(std::function<void()> done) {
  if (hung_) {
    waiting_.push_back(std::move(done));
    return ReportHung();
  }
  // A look that is under way may have read before the question came.
  if (looking_) {
    waiting_next_.push_back(std::move(done));
    again_ = true;
    return;
  }
  waiting_.push_back(std::move(done));
  Look();
}

void BootstrapWatch::Look() {
  if (looking_) return;
  looking_ = host::ComputeOnWorker<BootstrapFacts>(
      context_.workers, context_.loop, "bootstrap cloud-init", kReadDeadline,
      [root = options_.root] { return ReadBootstrap(root); }, alive_,
      [this](const BootstrapFacts& facts) { OnFacts(facts); });
  if (!looking_) return Report(CouldNotLook("WORKERS_BUSY", context_.workers.WhyBusy()));
  late_ = context_.loop.After(kReadDeadline, [this] {
    hung_ = true;
    for (auto& done : waiting_next_) waiting_.push_back(std::move(done));
    waiting_next_.clear();
    ReportHung();
  });
}

void BootstrapWatch::ReportHung() {
  Report(CouldNotLook(
      "CANNOT_READ", absl::StrCat("cloud-init's files did not answer within ",
                                  FormatSpan(kReadDeadline), "; is the disk well? journalctl -k")));
}

void BootstrapWatch::OnFacts(const BootstrapFacts& facts) {
  looking_ = false;
  hung_ = false;
  late_.reset();
  Report(JudgeBootstrap(facts, options_.running_limit, context_.clock.Now()));
  if (!std::exchange(again_, false)) return;
  for (auto& done : waiting_next_) waiting_.push_back(std::move(done));
  waiting_next_.clear();
  Look();
}

void BootstrapWatch::Report(Observation observation) {
  Stamp(context_.clock, &observation);
  context_.sink.Report(std::move(observation));
  std::vector<std::function<void()>> waiting;
  waiting.swap(waiting_);
  for (const std::function<void()>& done : waiting) done();
}

}  // namespace faultline::checks
