// The check `disk`: its declaration, and the probe. The look runs on a worker, because a dead
// network file system answers nobody; what it means is in disk_judge.h.
#include <atomic>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "agent/checks/byte_size.h"
#include "agent/checks/check.h"
#include "agent/checks/disk_judge.h"
#include "agent/checks/disk_trend.h"
#include "agent/checks/registry.h"
#include "agent/checks/stamp.h"
#include "agent/host/filesystem.h"

namespace faultline::checks {

const CheckKind& DiskCheckKind();

namespace {

using Facts = absl::StatusOr<host::FilesystemFacts>;

uint64_t SizeOption(const config::CheckConfig& check, const std::string& name) {
  return ParseByteSize(StringOption(check, DiskCheckKind(), name)).value_or(0);
}

class DiskCheck : public Check {
 public:
  DiskCheck(const config::CheckConfig& check, const CheckContext& context)
      : context_(context),
        path_(check.id.target),
        interval_(IntervalOf(check, DiskCheckKind())),
        deadline_(DurationOption(check, DiskCheckKind(), "deadline")) {
    limits_.warn_percent = IntegerOption(check, DiskCheckKind(), "warn");
    limits_.critical_percent = IntegerOption(check, DiskCheckKind(), "critical");
    limits_.warn_free = SizeOption(check, "warn_free");
    limits_.critical_free = SizeOption(check, "critical_free");
    limits_.enough_free = SizeOption(check, "enough_free");
    limits_.must_be_mount_point = BoolOption(check, DiskCheckKind(), "mount_point");
  }

  void Start() override {
    tick_ = context_.loop.Every(interval_, interval_, [this] { Look(); });
    Look();
  }

  void LookNow(std::function<void()> done) override {
    // What runs now may have read before the question came: then one more look follows.
    if (began_.has_value() && !hung_) {
      waiting_next_.push_back(std::move(done));
      return;
    }
    waiting_.push_back(std::move(done));
    Look();
  }

 private:
  void Look() {
    if (began_.has_value()) {
      if (hung_) ReportHung();
      return;
    }
    const auto started = std::make_shared<std::atomic<bool>>(false);
    const bool taken = host::ComputeOnWorker<Facts>(
        context_.workers, context_.loop, absl::StrCat("disk ", path_), deadline_,
        [path = path_, started] {
          *started = true;
          return host::LookAtFilesystem(path);
        },
        alive_, [this](const Facts& facts) { OnFacts(facts); });
    if (!taken) {
      Report(CouldNotLook("WORKERS_BUSY", context_.workers.WhyBusy()));
      return;
    }
    started_ = started;
    began_ = context_.clock.Now();
    late_ = context_.loop.After(deadline_, [this] {
      hung_ = true;
      trend_ = DiskTrend();
      ReportHung();
    });
  }

  void ReportHung() {
    // What still waits for a worker says nothing about the file system.
    Report(*started_ ? JudgeDiskHung(path_, *began_, context_.clock.Now())
                     : CouldNotLook("WORKERS_BUSY", context_.workers.WhyBusy()));
  }

  void OnFacts(const Facts& facts) {
    began_.reset();
    late_.reset();
    hung_ = false;
    if (facts.ok()) {
      trend_.Add(context_.clock.Mono(), facts->available_bytes);
      past_.full_at.reset();
      if (const std::optional<Span> left = trend_.UntilFull(); left.has_value()) {
        past_.full_at = context_.clock.Now() + *left;
      }
      Observation seen = JudgeDisk(path_, *facts, limits_, past_);
      past_.was_writable = past_.was_writable || !facts->read_only;
      past_.state = seen.state;
      past_.reason = seen.reason;
      Report(std::move(seen));
    } else {
      Report(JudgeDiskError(path_, facts.status(), limits_));
    }
    if (waiting_next_.empty()) return;
    waiting_.swap(waiting_next_);
    Look();
  }

  void Report(Observation observation) {
    Stamp(context_.clock, &observation);
    context_.sink.Report(std::move(observation));
    std::vector<std::function<void()>> waiting;
    waiting.swap(waiting_);
    if (hung_) {
      for (auto& done : waiting_next_) waiting.push_back(std::move(done));
      waiting_next_.clear();
    }
    for (const std::function<void()>& done : waiting) done();
  }

  const CheckContext context_;
  const std::string path_;
  const Span interval_;
  const Span deadline_;
  DiskLimits limits_;
  DiskPast past_;
  DiskTrend trend_;
  std::optional<WallTime> began_;               // of the look that is out
  bool hung_ = false;                           // it has passed its deadline
  std::shared_ptr<std::atomic<bool>> started_;  // a worker has taken it
  std::vector<std::function<void()>> waiting_;
  std::vector<std::function<void()>> waiting_next_;
  std::unique_ptr<host::LoopSource> tick_;
  std::unique_ptr<host::LoopSource> late_;
  const std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

absl::Status ValidateDisk(const config::CheckConfig& check) {
  const std::string& target = check.id.target;
  if (target.empty() || target[0] != '/' || target.size() > 1024 ||
      target.find('\0') != std::string::npos) {
    return absl::InvalidArgumentError(
        absl::StrCat("target: \"", target,
                     "\" is not an absolute path; write a mount point like / or /var/lib/mysql"));
  }
  for (const char* name : {"warn_free", "critical_free", "enough_free"}) {
    const std::string text = StringOption(check, DiskCheckKind(), name);
    if (text.empty() || ParseByteSize(text).has_value()) continue;
    return absl::InvalidArgumentError(
        absl::StrCat(name, ": \"", text, "\" is not a size; write 500MiB, 20GiB or 0"));
  }
  if (IntegerOption(check, DiskCheckKind(), "warn") >
      IntegerOption(check, DiskCheckKind(), "critical")) {
    return absl::InvalidArgumentError("warn: is above critical; write a lower percentage");
  }
  const auto size = [&check](const char* name) {
    return ParseByteSize(StringOption(check, DiskCheckKind(), name)).value_or(0);
  };
  if (size("warn_free") != 0 && size("critical_free") > size("warn_free")) {
    return absl::InvalidArgumentError(
        "critical_free: is above warn_free; both are what is left, so write less");
  }
  return absl::OkStatus();
}

CheckKind DeclareDisk() {
  CheckKind kind;
  kind.kind = "disk";
  kind.help =
      "Space and inodes of the file system that a path lies on, and whether it can still be "
      "written. Looked at on a worker, so that a dead network file system stalls nothing.";
  kind.target_help = "the absolute path of a mount point, as in / or /var/lib/mysql";
  kind.rights =
      "To enter the directories above the path. Without: UNKNOWN, RIGHT_MISSING. Nothing is "
      "written.";
  kind.default_interval = Span::Seconds(30);
  kind.min_interval = Span::Seconds(1);
  kind.options = {
      {.name = "warn",
       .type = OptionType::kInteger,
       .default_value = "85",
       .help = "WARNING from this percentage of used space or inodes on, counted as df does.",
       .min = 1,
       .max = 100},
      {.name = "critical",
       .type = OptionType::kInteger,
       .default_value = "95",
       .help = "CRITICAL from this percentage of used space or inodes on.",
       .min = 1,
       .max = 100},
      {.name = "enough_free",
       .type = OptionType::kString,
       .default_value = "100GiB",
       .help = "With this much space free the percentages do not count: 95 % of a huge disk is not "
               "full. 0 = they always count."},
      {.name = "warn_free",
       .type = OptionType::kString,
       .help = "WARNING when less space than this is free, whatever the percentage, as in 5GiB."},
      {.name = "critical_free",
       .type = OptionType::kString,
       .help = "CRITICAL when less space than this is free, whatever the percentage."},
      {.name = "mount_point",
       .type = OptionType::kBool,
       .default_value = "false",
       .help = "CRITICAL when nothing is mounted at the path itself."},
      {.name = "deadline",
       .type = OptionType::kDuration,
       .default_value = "5s",
       .help = "UNKNOWN when the file system has not answered for this long.",
       .min = Span::Millis(100).ns,
       .max = Span::Seconds(60).ns}};
  kind.reasons = {
      {"DISK_FULL", "WARNING or CRITICAL: a limit of space is reached."},
      {"INODES_FULL", "WARNING or CRITICAL: a limit of inodes (number of files) is reached."},
      {"READ_ONLY_FS",
       "CRITICAL: the file system is read-only, and was writable before, should be by /etc/fstab, "
       "or the kernel says that an error made it so."},
      {"NOT_MOUNTED", "CRITICAL, with `mount_point`: nothing is mounted at the path."},
      {"IO_ERROR", "CRITICAL: the kernel answers with an input/output error."},
      {"STATFS_HUNG", "UNKNOWN: no answer within `deadline`; a dead NFS server?"},
      {"STATFS_FAILED", "UNKNOWN: the look failed; the detail says how."},
      {"PATH_NOT_FOUND", "UNKNOWN: the path is not there."},
      {"RIGHT_MISSING", "UNKNOWN: may not reach the path."},
      {"WORKERS_BUSY", "UNKNOWN: the agent's workers are busy; the detail says with what."}};
  kind.gauges = {
      {"filesystem_size_bytes", "Size of the file system."},
      {"filesystem_free_bytes", "Free space, with what is reserved for root."},
      {"filesystem_avail_bytes", "Free space that everybody may use."},
      {"filesystem_files", "Inodes in all; 0 where their number is not fixed."},
      {"filesystem_files_free", "Inodes that are free."},
      {"filesystem_readonly", "1 while the file system (not only this mount) is read-only."}};
  kind.validate = &ValidateDisk;
  kind.make = [](const config::CheckConfig& check,
                 const CheckContext& context) -> std::unique_ptr<Check> {
    return std::make_unique<DiskCheck>(check, context);
  };
  return kind;
}

}  // namespace

const CheckKind& DiskCheckKind() {
  static const CheckKind kKind = DeclareDisk();
  return kKind;
}

}  // namespace faultline::checks
