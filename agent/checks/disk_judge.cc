#include "agent/checks/disk_judge.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/checks/byte_size.h"
#include "agent/checks/make_observation.h"
#include "agent/checks/moment_words.h"
#include "agent/checks/stamp.h"
#include "common/text.h"

namespace faultline::checks {
namespace {

// Read-only and full by their nature.
constexpr std::array<std::string_view, 6> kImages = {"squashfs", "iso9660", "erofs",
                                                     "cramfs",   "romfs",   "udf"};

bool IsImage(const std::string& type) {
  return std::find(kImages.begin(), kImages.end(), type) != kImages.end();
}

// As df(1) counts: what is reserved for root is neither used nor free.
double UsedPercent(uint64_t total, uint64_t free, uint64_t available) {
  const uint64_t used = total - std::min(free, total);
  if (used + available == 0) return 0;
  return 100.0 * static_cast<double>(used) / static_cast<double>(used + available);
}

// "2026-11-22 17:50 UTC": an estimate.
std::string ToTheMinute(WallTime time) {
  return absl::StrCat(FormatForPeople(time).substr(0, 16), " UTC");
}

struct Shares {
  double space = 0;
  double inodes = 0;
};

State SpaceState(const host::FilesystemFacts& facts, const DiskLimits& limits, double percent,
                 double margin) {
  const uint64_t free = facts.available_bytes;
  if (limits.critical_free != 0 && free < limits.critical_free) return State::kCritical;
  const bool enough = limits.enough_free != 0 && free >= limits.enough_free;
  const double rounded = percent + margin;
  if (!enough && rounded >= static_cast<double>(limits.critical_percent)) return State::kCritical;
  if (limits.warn_free != 0 && free < limits.warn_free) return State::kWarning;
  if (!enough && rounded >= static_cast<double>(limits.warn_percent)) return State::kWarning;
  return State::kOk;
}

// The margin holds a state that is there; it never makes one graver.
template <typename StateAt>
State WithMargin(const std::string& reason, const DiskPast& past, const StateAt& state_at) {
  const State plain = state_at(0.0);
  if (past.reason != reason) return plain;
  const State held = state_at(1.0);
  return Badness(plain) >= Badness(past.state) || Badness(held) < Badness(past.state) ? plain
                                                                                      : past.state;
}

std::string Whole(double percent) {
  return absl::StrCat(static_cast<int64_t>(percent), " %");  // never rounded up to a full 100
}

std::string SpaceWords(const std::string& path, const host::FilesystemFacts& facts,
                       double percent) {
  return absl::StrCat(path, ": ", Whole(percent), " of ", FormatByteSize(facts.size_bytes),
                      " used, ", FormatByteSize(facts.available_bytes), " left");
}

Shares SharesOf(const host::FilesystemFacts& facts) {
  Shares shares;
  shares.space = UsedPercent(facts.size_bytes, facts.free_bytes, facts.available_bytes);
  if (facts.files != 0) {
    shares.inodes = UsedPercent(facts.files, facts.files_free, facts.files_free);
  }
  return shares;
}

Observation JudgeFilesystem(const std::string& path, const host::FilesystemFacts& facts,
                            const DiskLimits& limits, const DiskPast& past) {
  const std::string device = CleanText(facts.source, 200);
  if (limits.must_be_mount_point && !facts.mount_point.empty() &&
      facts.mount_point != facts.real_path) {
    return MakeObservation(
        State::kCritical, "NOT_MOUNTED",
        absl::StrCat(path, " is not mounted: what is written there lands on ",
                     CleanText(facts.mount_point, 200), "; look at findmnt and mount ", path));
  }
  const bool image = IsImage(facts.type);
  if (facts.read_only && !image &&
      (past.was_writable || facts.wanted_writable || facts.error_read_only)) {
    return MakeObservation(
        State::kCritical, "READ_ONLY_FS",
        absl::StrCat(path, ": the file system on ", device, " (", CleanText(facts.type, 40),
                     ") has become read-only, as the kernel does after an error; look at "
                     "journalctl -k"));
  }
  const Shares shares = SharesOf(facts);
  std::string words = SpaceWords(path, facts, shares.space);
  if (past.full_at.has_value()) {
    absl::StrAppend(&words, ", full at about ", ToTheMinute(*past.full_at));
  }
  if (image || facts.size_bytes == 0) return MakeObservation(State::kOk, "", words);
  const State space = WithMargin("DISK_FULL", past, [&](double margin) {
    return SpaceState(facts, limits, shares.space, margin);
  });
  const State inodes = WithMargin("INODES_FULL", past, [&](double margin) {
    if (facts.files == 0) return State::kOk;
    const double used = shares.inodes + margin;
    if (used >= static_cast<double>(limits.critical_percent)) return State::kCritical;
    return used >= static_cast<double>(limits.warn_percent) ? State::kWarning : State::kOk;
  });
  if (space != State::kOk && Badness(space) >= Badness(inodes)) {
    return MakeObservation(space, "DISK_FULL", words);
  }
  if (inodes != State::kOk) {
    return MakeObservation(
        inodes, "INODES_FULL",
        absl::StrCat(path, ": ", Whole(shares.inodes), " of ", facts.files, " inodes used, ",
                     facts.files_free, " left; find many small files with: du --inodes -xS ", path,
                     " | sort -n | tail"));
  }
  return MakeObservation(State::kOk, "", words);
}

}  // namespace

Observation JudgeDisk(const std::string& path, const host::FilesystemFacts& facts,
                      const DiskLimits& limits, const DiskPast& past) {
  Observation out = JudgeFilesystem(path, facts, limits, past);
  if (out.state != State::kOk) {
    out.evidence.push_back({.text = absl::StrCat(path, " is on ", CleanText(facts.source, 200),
                                                 " (", CleanText(facts.type, 40), "), mounted at ",
                                                 CleanText(facts.mount_point, 200))});
    if (past.full_at.has_value() && out.reason == "DISK_FULL") {
      out.evidence.push_back({.text = absl::StrCat("going on as in the last minutes, it is full at "
                                                   "about ",
                                                   ToTheMinute(*past.full_at))});
    }
  }
  out.gauges = {
      {"filesystem_size_bytes", static_cast<double>(facts.size_bytes)},
      {"filesystem_free_bytes", static_cast<double>(facts.free_bytes)},
      {"filesystem_avail_bytes", static_cast<double>(facts.available_bytes)},
      {"filesystem_files", static_cast<double>(facts.files)},
      {"filesystem_files_free", static_cast<double>(facts.files_free)},
      {"filesystem_readonly", facts.read_only ? 1.0 : 0.0},
  };
  return out;
}

Observation JudgeDiskError(const std::string& path, const absl::Status& error,
                           const DiskLimits& limits) {
  const std::string why = CleanText(std::string(error.message()), 300);
  if (absl::IsDataLoss(error)) {
    return MakeObservation(
        State::kCritical, "IO_ERROR",
        absl::StrCat(why, "; the device or its file system is broken: journalctl -k"));
  }
  if (absl::IsNotFound(error)) {
    if (limits.must_be_mount_point) {
      return MakeObservation(
          State::kCritical, "NOT_MOUNTED",
          absl::StrCat(path, " is not there, so nothing is mounted on it; look at findmnt"));
    }
    return CouldNotLook("PATH_NOT_FOUND",
                        absl::StrCat(path, " is not there; correct the check's target"));
  }
  if (absl::IsPermissionDenied(error)) {
    return CouldNotLook("RIGHT_MISSING",
                        absl::StrCat("may not reach ", path,
                                     "; watch the mount point above it, or give the agent's user "
                                     "the right to enter the directories on the way"));
  }
  return CouldNotLook("STATFS_FAILED", absl::StrCat("cannot look at ", why,
                                                    "; a stale network mount is cleared by "
                                                    "umount -f and mount"));
}

Observation JudgeDiskHung(const std::string& path, WallTime since, WallTime now) {
  return CouldNotLook(
      "STATFS_HUNG",
      absl::StrCat(path, " has not answered since ", MomentWords(since, now),
                   "; a dead NFS server? Look at findmnt -T ", path, " and nfsstat -m"));
}

}  // namespace faultline::checks
