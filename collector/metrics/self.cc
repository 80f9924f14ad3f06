#include "collector/metrics/self.h"

#include <string>

#include "collector/metrics/process.h"

namespace faultline::metrics {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Families = std::vector<MetricFamily>;

MetricFamily& AddFamily(Families* out, const char* name, MetricType type, const char* help) {
  MetricFamily family;
  family.name = name;
  family.help = help;
  family.type = type;
  out->push_back(std::move(family));
  return out->back();
}

void AddSample(MetricFamily* family, double value, std::vector<ClientMetric::Label> labels = {}) {
  ClientMetric metric;
  metric.label = std::move(labels);
  if (family->type == MetricType::Counter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
  family->metric.push_back(std::move(metric));
}

void Counter(Families* out, const char* name, const char* help, uint64_t value) {
  AddSample(&AddFamily(out, name, MetricType::Counter, help), static_cast<double>(value));
}

void Gauge(Families* out, const char* name, const char* help, double value) {
  AddSample(&AddFamily(out, name, MetricType::Gauge, help), value);
}

void AddPipeline(const pipeline::PipelineCounters& counters, Families* out) {
  Counter(out, "faultline_pipeline_observations_total", "Observations taken in from agents.",
          counters.observations);
  Counter(out, "faultline_pipeline_transitions_total", "Changes of a check's state or reason.",
          counters.transitions);
  Counter(out, "faultline_pipeline_late_transitions_total",
          "Transitions that arrived as history, after an agent had been cut off.",
          counters.late_transitions);
  Counter(out, "faultline_pipeline_repeated_records_total",
          "Records that an agent sent again and that were known already.",
          counters.repeated_records);
  Counter(out, "faultline_pipeline_gaps_total", "Holes in agents' records, as agents told them.",
          counters.gaps);
  Counter(out, "faultline_pipeline_log_events_total", "Log events taken in from agents.",
          counters.log_events);
  Counter(out, "faultline_pipeline_looks_asked_total",
          "Times that a host was asked to look at once.", counters.looks_asked);
  Counter(out, "faultline_pipeline_notifications_total", "Notifications decided upon.",
          counters.notifications);
  Counter(out, "faultline_pipeline_streams_total", "Agents' streams taken in.",
          counters.streams_accepted);
  Gauge(out, "faultline_pipeline_queue_length", "Messages that wait for the model now.",
        static_cast<double>(counters.queue_length));
}

void AddIngest(const IngestNumbers& numbers, Families* out) {
  Gauge(out, "faultline_ingest_streams", "Agents' streams that are open now.",
        static_cast<double>(numbers.streams));
  Counter(out, "faultline_ingest_accepted_total", "Agents' streams accepted.", numbers.accepted);
  Counter(out, "faultline_ingest_refused_identity_total",
          "Streams refused since their certificate names no host.", numbers.refused_identity);
  Counter(out, "faultline_ingest_refused_standing_total",
          "Streams refused since their certificate was revoked or is not in the registry.",
          numbers.refused_standing);
  Counter(out, "faultline_ingest_invalid_messages_total", "Messages refused as not valid.",
          numbers.invalid_messages);
  Counter(out, "faultline_ingest_slow_streams_total",
          "Streams ended since the agent read too slowly.", numbers.slow_streams);
}

void AddEnrolment(const EnrolmentNumbers& numbers, Families* out) {
  MetricFamily& calls =
      AddFamily(out, "faultline_collector_enrolments_total", MetricType::Counter,
                "Calls of hosts that ask for the authority's proof or a certificate, by result.");
  for (const auto& [key, count] : numbers.outcomes) {
    AddSample(&calls, static_cast<double>(count), {{"call", key.first}, {"result", key.second}});
  }
  Gauge(out, "faultline_collector_tokens_active", "Join tokens that still let hosts in.",
        static_cast<double>(numbers.active_tokens));
  Gauge(out, "faultline_collector_authority_end_timestamp_seconds",
        "When the certificate authority ends, seconds since the epoch.",
        numbers.authority_end_seconds);
  if (numbers.nearest_end_seconds == 0) return;
  Gauge(out, "faultline_collector_certificate_nearest_end_timestamp_seconds",
        "When the first certificate of a connected host ends, seconds since the epoch.",
        numbers.nearest_end_seconds);
}

void AddChannels(const std::vector<ChannelNumbers>& channels, Families* out) {
  struct Column {
    const char* name;
    MetricType type;
    const char* help;
    uint64_t ChannelNumbers::*value;
  };
  constexpr Column kColumns[] = {
      {"faultline_notifications_delivered_total", MetricType::Counter,
       "Notifications that the channel took.", &ChannelNumbers::delivered},
      {"faultline_notifications_failed_attempts_total", MetricType::Counter,
       "Attempts to deliver that failed and are made again.", &ChannelNumbers::failed_attempts},
      {"faultline_notifications_rejected_total", MetricType::Counter,
       "Attempts that the channel refused; they are made again slowly.", &ChannelNumbers::rejected},
      {"faultline_notifications_waiting", MetricType::Gauge,
       "Incidents of which the channel is still to be told now.", &ChannelNumbers::waiting}};
  for (const Column& column : kColumns) {
    MetricFamily& family = AddFamily(out, column.name, column.type, column.help);
    for (const ChannelNumbers& channel : channels) {
      AddSample(&family, static_cast<double>(channel.*column.value),
                {{"channel", channel.channel}});
    }
  }
  MetricFamily& oldest = AddFamily(
      out, "faultline_notification_oldest_seconds", MetricType::Gauge,
      "How long the first incident of which the channel is still to be told has waited; 0 "
      "when none waits.");
  for (const ChannelNumbers& channel : channels) {
    AddSample(&oldest, channel.oldest_seconds, {{"channel", channel.channel}});
  }
  MetricFamily& up =
      AddFamily(out, "faultline_notification_channel_up", MetricType::Gauge,
                "1 while the channel takes what it is told, 0 since an attempt failed.");
  for (const ChannelNumbers& channel : channels) {
    AddSample(&up, channel.failing ? 0 : 1, {{"channel", channel.channel}});
  }
}

// Named as other programs' are, so that rules for theirs fit.
void AddReload(const ReloadNumbers& reload, Families* out) {
  Gauge(out, "faultline_config_last_reload_successful",
        "1 while the newest reload of collector.yaml was taken over, 0 since one was refused.",
        reload.is_refused ? 0 : 1);
  Gauge(out, "faultline_config_last_reload_success_timestamp_seconds",
        "When collector.yaml was taken over last, at the start or by a reload, seconds since the "
        "epoch.",
        reload.success_seconds);
}

void AddProcess(Families* out) {
  if (const auto process = ReadProcess()) {
    AddSample(&AddFamily(out, "process_cpu_seconds_total", MetricType::Counter,
                         "CPU time spent, user and system, in seconds."),
              process->cpu_seconds);
    Gauge(out, "process_resident_memory_bytes", "Resident memory in bytes.",
          process->resident_bytes);
    Gauge(out, "process_virtual_memory_bytes", "Virtual memory in bytes.", process->virtual_bytes);
    Gauge(out, "process_threads", "Threads now.", process->threads);
    Gauge(out, "process_start_time_seconds", "Start of the process, seconds since the epoch.",
          process->start_time_seconds);
  }
  if (const auto open = OpenFileDescriptors()) {
    Gauge(out, "process_open_fds", "Open file descriptors.", *open);
  }
  if (const auto most = MaxFileDescriptors()) {
    Gauge(out, "process_max_fds", "Most file descriptors that may be open.", *most);
  }
}

}  // namespace

std::vector<prometheus::MetricFamily> Self::Collect() const {
  Families out;
  AddSample(&AddFamily(&out, "faultline_build_info", MetricType::Gauge,
                       "The collector's version; always 1."),
            1, {{"version", sources_.version}});
  AddPipeline(sources_.pictures.counters(), &out);
  if (sources_.ingest) AddIngest(sources_.ingest(), &out);
  if (sources_.enrolment) AddEnrolment(sources_.enrolment(), &out);
  if (sources_.reload) AddReload(sources_.reload(), &out);
  if (sources_.channels) AddChannels(sources_.channels(), &out);
  if (sources_.feed) {
    const FeedNumbers feed = sources_.feed();
    Gauge(&out, "faultline_live_feed_readers", "Clients of the live feed now.",
          static_cast<double>(feed.readers));
    Counter(&out, "faultline_live_feed_events_total", "Changes told to the live feed.",
            feed.events);
  }
  if (sources_.store_works) {
    Gauge(&out, "faultline_store_up", "1 while the store can be written, else 0.",
          sources_.store_works() ? 1 : 0);
  }
  AddProcess(&out);
  return out;
}

}  // namespace faultline::metrics
