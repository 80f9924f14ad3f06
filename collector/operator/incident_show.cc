#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "collector/operator/api.h"
#include "collector/operator/convert.h"
#include "common/text.h"

namespace faultline::operator_api {

absl::StatusOr<v1::Incident> GetIncident(const Context& context, const std::string& id,
                                         const Params& params) {
  if (auto filters = Filters::Parse(params, {}); !filters.ok()) return filters.status();
  uint64_t number = 0;
  if (id.empty() || id.find_first_not_of("0123456789") != std::string::npos ||
      !absl::SimpleAtoi(id, &number) || number == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("incident: '", CleanText(id, 64), "' is not the number of an incident"));
  }

  // Open incidents come from the picture: it knows them before the store does, and also while the
  // store cannot be read.
  const auto picture = context.pictures.picture();
  const auto open = std::find_if(picture->open_incidents.begin(), picture->open_incidents.end(),
                                 [&](const auto& incident) { return incident->id == number; });
  const bool is_open = open != picture->open_incidents.end();
  v1::Incident out;
  if (is_open) out = ToProto(**open);

  auto stored = context.store.GetIncident(number);
  if (!stored.ok()) {
    if (is_open) return out;
    if (absl::IsNotFound(stored.status())) {
      return absl::NotFoundError(absl::StrCat("there is no incident ", number));
    }
    return absl::UnavailableError(
        absl::StrCat("the store cannot be read now: ", stored.status().message()));
  }
  // Resolved since the picture was taken.
  if (!is_open || stored->state == incidents::IncidentState::kResolved) out = ToProto(*stored);
  auto timeline = context.store.Timeline(number);
  if (!timeline.ok()) {
    return absl::UnavailableError(
        absl::StrCat("the timeline cannot be read now: ", timeline.status().message()));
  }
  for (const incidents::TimelineEntry& entry : *timeline) *out.add_timeline() = ToProto(entry);
  return out;
}

}  // namespace faultline::operator_api
