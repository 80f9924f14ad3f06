#include "collector/pipeline/store_watch.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/text.h"

namespace faultline::pipeline {
namespace {

constexpr char kMeanwhile[] =
    "meanwhile the collector withholds acknowledgements, agents keep what they see, messages go "
    "out from memory";

const char* ReasonOf(const absl::Status& failure) {
  switch (failure.code()) {
    case absl::StatusCode::kResourceExhausted:
      return "STORE_FULL";
    case absl::StatusCode::kPermissionDenied:
      return "STORE_READ_ONLY";
    case absl::StatusCode::kUnavailable:
      return "STORE_IO_ERROR";
    case absl::StatusCode::kDataLoss:
      return "STORE_DAMAGED";
    default:
      return "STORE_FAILING";
  }
}

}  // namespace

CheckId StoreCheckId() { return {.kind = "store", .target = "collector"}; }

model::CheckPicture StoreWatch::Judge(const store::StoreHealth& health,
                                      std::optional<MonoTime> oldest, WallTime now, MonoTime mono) {
  model::CheckPicture check;
  check.id = StoreCheckId();
  check.expected["path"] = health.path;
  check.observed = check.since = now;
  if (health.failure.ok()) {
    failing_since_.reset();
  } else if (!failing_since_.has_value()) {
    failing_since_ = mono;
  }
  if (failing_since_.has_value() && *failing_since_ + kPatience <= mono) {
    check.state = State::kCritical;
    check.reason = ReasonOf(health.failure);
    check.detail = CleanText(absl::StrCat(health.failure.message(), "; ", kMeanwhile), 512);
    check.since = now - (mono - *failing_since_);
  } else if (oldest.has_value() && *oldest + kHung <= mono) {
    check.state = State::kCritical;
    check.reason = "STORE_HUNG";
    check.detail = CleanText(absl::StrCat(health.path, ": a commit has not come back for ",
                                          FormatSpan(kHung), "; ", kMeanwhile),
                             512);
    check.since = now - (mono - *oldest);
  } else if (!health.set_aside.empty()) {
    check.state = State::kWarning;
    check.reason = "HISTORY_SET_ASIDE";
    check.detail =
        CleanText(absl::StrCat("the collector's history was damaged and is set aside as ",
                               absl::StrJoin(health.set_aside, ", "), "; a new one was begun"),
                  512);
  } else {
    check.state = State::kOk;
    check.detail = "the collector writes its history";
  }
  return check;
}

}  // namespace faultline::pipeline
