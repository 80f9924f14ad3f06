// What a check measured, in the unit that the gauge's name says (Prometheus' base units). Pure.
#pragma once

#include <string>
#include <string_view>

namespace faultline::cli {

// "2026-12-01 06:40:12.000 UTC" of NAME_timestamp_seconds, "12.3 ms" or "2h10m" of NAME_seconds,
// "1.6 GiB" of NAME_bytes, "5 %" of NAME_ratio; else the number, without exponent where it is not
// beyond all counting.
std::string GaugeText(std::string_view name, double value);

}  // namespace faultline::cli
