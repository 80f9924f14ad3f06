#include "collector/metrics/gauge_family.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "collector/metrics/exposition.h"

namespace faultline::metrics {

std::string GaugeFamilyName(const std::string& kind, const std::string& gauge) {
  const std::string own_kind = absl::StrCat(kind, "_");
  const bool says_kind = absl::StartsWith(gauge, own_kind) && gauge.size() > own_kind.size();
  return absl::StrCat("faultline_", NamePart(kind), "_",
                      NamePart(says_kind ? gauge.substr(own_kind.size()) : gauge));
}

const std::vector<std::string_view>& OwnFamilies() {
  static const auto& families = *new std::vector<std::string_view>{
      "faultline_alerts",
      "faultline_build_info",
      "faultline_check_observed_timestamp_seconds",
      "faultline_check_since_timestamp_seconds",
      "faultline_check_status",
      "faultline_collector_authority_end_timestamp_seconds",
      "faultline_collector_certificate_nearest_end_timestamp_seconds",
      "faultline_collector_enrolments_total",
      "faultline_collector_tokens_active",
      "faultline_config_last_reload_success_timestamp_seconds",
      "faultline_config_last_reload_successful",
      "faultline_host_clock_offset_seconds",
      "faultline_host_clock_uncertainty_seconds",
      "faultline_host_info",
      "faultline_host_last_heard_timestamp_seconds",
      "faultline_host_up",
      "faultline_http_request_duration_seconds",
      "faultline_http_requests_total",
      "faultline_incident_open",
      "faultline_incident_opened_timestamp_seconds",
      "faultline_ingest_accepted_total",
      "faultline_ingest_invalid_messages_total",
      "faultline_ingest_refused_identity_total",
      "faultline_ingest_refused_standing_total",
      "faultline_ingest_slow_streams_total",
      "faultline_ingest_streams",
      "faultline_live_feed_events_total",
      "faultline_live_feed_readers",
      "faultline_notification_channel_up",
      "faultline_notification_oldest_seconds",
      "faultline_notifications_delivered_total",
      "faultline_notifications_failed_attempts_total",
      "faultline_notifications_rejected_total",
      "faultline_notifications_waiting",
      "faultline_pipeline_gaps_total",
      "faultline_pipeline_late_transitions_total",
      "faultline_pipeline_log_events_total",
      "faultline_pipeline_looks_asked_total",
      "faultline_pipeline_notifications_total",
      "faultline_pipeline_observations_total",
      "faultline_pipeline_queue_length",
      "faultline_pipeline_repeated_records_total",
      "faultline_pipeline_streams_total",
      "faultline_pipeline_transitions_total",
      "faultline_store_up"};
  return families;
}

bool IsOwnFamily(std::string_view name) {
  for (const std::string_view suffix : {"", "_bucket", "_sum", "_count"}) {
    if (name.size() <= suffix.size() || name.substr(name.size() - suffix.size()) != suffix)
      continue;
    const std::string_view family = name.substr(0, name.size() - suffix.size());
    if (std::binary_search(OwnFamilies().begin(), OwnFamilies().end(), family)) return true;
  }
  return false;
}

std::string_view GaugeHelp(std::string_view family) {
  const auto& table = GaugeHelpTable();
  const auto found =
      std::lower_bound(table.begin(), table.end(), family,
                       [](const auto& row, std::string_view name) { return row.first < name; });
  return found == table.end() || found->first != family ? "" : found->second;
}

}  // namespace faultline::metrics
