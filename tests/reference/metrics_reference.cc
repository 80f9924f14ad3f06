#include "tests/reference/metrics_reference.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "agent/checks/registry.h"
#include "collector/metrics/gauge_family.h"
#include "collector/metrics/metrics.h"
#include "tests/fakes/fixed_pictures.h"
#include "tests/fakes/shop_stack.h"
#include "tests/reference/metrics_document.h"

namespace faultline::reference {
namespace {

void Add(const std::string& kind, const std::string& gauge, const std::string& help,
         std::vector<GaugeReference>* all) {
  all->push_back({kind, gauge, metrics::GaugeFamilyName(kind, gauge), help});
}

metrics::MetricsSources FullSources(const fakes::FixedPictures& pictures) {
  return {.pictures = pictures,
          .version = "1",
          .ingest = [] { return metrics::IngestNumbers{}; },
          .channels = [] { return std::vector<metrics::ChannelNumbers>{{.channel = "pager"}}; },
          .feed = [] { return metrics::FeedNumbers{}; },
          .store_works = [] { return true; },
          .enrolment =
              [] {
                metrics::EnrolmentNumbers numbers{.nearest_end_seconds = 1};
                numbers.outcomes[{"enrol", "issued"}] = 0;
                return numbers;
              },
          .reload = [] { return metrics::ReloadNumbers{.success_seconds = 1}; }};
}

}  // namespace

std::vector<GaugeReference> AgentGauges() {
  std::vector<GaugeReference> all;
  for (const checks::CheckKind* kind : checks::AllCheckKinds()) {
    for (const checks::GaugeDeclaration& gauge : kind->gauges) {
      Add(kind->kind, gauge.name, gauge.help, &all);
    }
  }
  // Of the agent's own check, which no configuration names (agent/spool_words.cc).
  Add("spool", "spool_disk_bytes", "What the agent's spool takes on its disk.", &all);
  Add("spool", "spool_memory_bytes",
      "What the agent keeps in memory only, since its spool cannot be written.", &all);
  Add("spool", "spool_dropped_records", "Records that the agent has given up since its start.",
      &all);
  std::sort(all.begin(), all.end(),
            [](const auto& a, const auto& b) { return a.family < b.family; });
  return all;
}

std::string FullExposition(const std::vector<GaugeReference>& gauges) {
  model::HostPicture host = fakes::StoppedDbHost();
  for (const GaugeReference& gauge : gauges) {
    const CheckId id{gauge.kind, "example", "name"};
    if (!host.checks.contains(id)) host.checks[id] = fakes::OkCheck(id, "subject");
    host.checks[id].gauges.push_back({gauge.gauge, 1});
  }
  const pipeline::Picture stopped = fakes::DatabaseStopped();
  pipeline::Picture picture = fakes::PictureOf({fakes::AppHost(), host});
  picture.alerts = stopped.alerts;
  picture.open_incidents = stopped.open_incidents;
  fakes::FixedPictures pictures;
  pictures.Set(std::move(picture));
  metrics::Metrics metrics(FullSources(pictures));
  metrics.CountRequest("status", 200, 0.002);
  std::string text;
  metrics.Write([&](std::string_view piece) { text += piece; });
  return text;
}

std::string GaugeHelpSource() {
  std::string rows;
  for (const GaugeReference& gauge : AgentGauges()) {
    const std::string help = absl::StrReplaceAll(gauge.help, {{"\\", "\\\\"}, {"\"", "\\\""}});
    absl::StrAppend(&rows, "      {\"", gauge.family, "\",\n       \"", help, "\"},\n");
  }
  return absl::StrCat(
      "// Made by `make docs` from the gauges that agent/checks declares: change them there.\n"
      "#include \"collector/metrics/gauge_family.h\"\n\n"
      "namespace faultline::metrics {\n\n"
      "// clang-format off\n"
      "const std::vector<std::pair<std::string_view, std::string_view>>& GaugeHelpTable() {\n"
      "  static const auto& table = *new std::vector<std::pair<std::string_view, "
      "std::string_view>>{\n",
      rows,
      "  };\n  return table;\n}\n// clang-format on\n\n"
      "}  // namespace faultline::metrics\n");
}

std::string MetricsDocument() {
  const std::vector<GaugeReference> gauges = AgentGauges();
  return WriteMetricsDocument(FullExposition(gauges), gauges);
}

}  // namespace faultline::reference
