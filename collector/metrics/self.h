// The collector's own numbers as a prometheus-cpp Collectable: read when scraped, never stored.
#pragma once

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <utility>
#include <vector>

#include "collector/metrics/metrics.h"

namespace faultline::metrics {

class Self : public prometheus::Collectable {
 public:
  // `sources` must outlive this.
  explicit Self(const MetricsSources& sources) : sources_(sources) {}

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const MetricsSources& sources_;
};

}  // namespace faultline::metrics
