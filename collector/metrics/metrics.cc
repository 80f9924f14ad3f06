#include "collector/metrics/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <string>
#include <utility>

#include "collector/metrics/fleet.h"
#include "collector/metrics/self.h"

namespace faultline::metrics {

struct Metrics::Parts {
  explicit Parts(MetricsSources given) : sources(std::move(given)), self(sources) {}

  const MetricsSources sources;
  const Self self;
  Fleet fleet;
  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& requests =
      prometheus::BuildCounter()
          .Name("faultline_http_requests_total")
          .Help("HTTP requests answered, by route and status.")
          .Register(registry);
  prometheus::Family<prometheus::Histogram>& durations =
      prometheus::BuildHistogram()
          .Name("faultline_http_request_duration_seconds")
          .Help("How long an HTTP request took from its last byte to its answer's first.")
          .Register(registry);

  prometheus::Counter& Requests(std::string_view route, int status) {
    return requests.Add({{"route", std::string(route)}, {"code", std::to_string(status)}});
  }
  prometheus::Histogram& Durations(std::string_view route) {
    return durations.Add({{"route", std::string(route)}},
                         prometheus::Histogram::BucketBoundaries{0.0001, 0.001, 0.01, 0.1, 1, 10});
  }
};

Metrics::Metrics(MetricsSources sources) : parts_(std::make_unique<Parts>(std::move(sources))) {}
Metrics::~Metrics() = default;

void Metrics::Write(const Sink& sink) {
  Exposition out(sink);
  const prometheus::TextSerializer text;
  out.Append(text.Serialize(parts_->self.Collect()));
  out.Append(text.Serialize(parts_->registry.Collect()));
  parts_->fleet.Write(*parts_->sources.pictures.picture(), &out);
}

void Metrics::ExpectRequests(std::string_view route, const std::vector<int>& statuses) {
  for (const int status : statuses) parts_->Requests(route, status);
  parts_->Durations(route);
}

void Metrics::CountRequest(std::string_view route, int status, double seconds) {
  parts_->Requests(route, status).Increment();
  parts_->Durations(route).Observe(seconds);
}

}  // namespace faultline::metrics
