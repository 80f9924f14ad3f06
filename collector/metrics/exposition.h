// The Prometheus text format 0.0.4, written as a stream: the fleet may have hundreds of thousands
// of series, which nobody should hold twice.
#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace faultline::metrics {

// Takes one piece of the exposition; pieces are about 64 KiB.
using Sink = std::function<void(std::string_view)>;

// `{stack="shop",host="db-1"}`, escaped. Empty values are left out, as Prometheus treats both the
// same; "" when nothing is left. Values may be any bytes: they come out as bounded, valid UTF-8.
std::string Labels(std::initializer_list<std::pair<std::string_view, std::string_view>> labels);

// `text` as a part of a metric's name: what is not a letter, digit or '_' becomes '_'.
std::string NamePart(std::string_view text);

// Appends "1", "0.25", "1e+21", "NaN", "+Inf" or "-Inf".
void AppendNumber(double value, std::string* out);

class Exposition {
 public:
  explicit Exposition(Sink sink) : sink_(std::move(sink)) {}
  ~Exposition() { Flush(); }
  Exposition(const Exposition&) = delete;
  Exposition& operator=(const Exposition&) = delete;

  // Begins a family; all its samples follow. `type` is "gauge" or "counter".
  void Family(std::string_view name, std::string_view type, std::string_view help);
  // One sample of the family begun last. `labels` as Labels() makes them.
  void Sample(std::string_view labels, double value);
  // Takes ready lines.
  void Append(std::string_view text);
  void Flush();

 private:
  const Sink sink_;
  std::string name_;
  std::string chunk_;
};

}  // namespace faultline::metrics
