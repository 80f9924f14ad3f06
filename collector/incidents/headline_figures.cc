#include "collector/incidents/headline_figures.h"

#include <array>
#include <optional>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "collector/incidents/message_words.h"
#include "collector/incidents/reason_words.h"

namespace faultline::incidents {
namespace {

// "0 B", "51 MiB", "3.6 GiB".
std::string Bytes(double bytes) {
  constexpr std::array<std::string_view, 6> kUnits = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  size_t unit = 0;
  while (bytes >= 1024 && unit + 1 < kUnits.size()) {
    bytes /= 1024;
    ++unit;
  }
  const int digits = unit == 0 || bytes >= 10 ? 0 : 1;
  return absl::StrFormat("%.*f %s", digits, bytes, std::string(kUnits[unit]));
}

// Nothing more can be written: what is left is less than a thousandth.
bool IsFull(double left, double all) { return left <= all / 1000; }

}  // namespace

std::string DiskFigures(const rules::Alert& lead, const model::CheckPicture* check) {
  const bool inodes = lead.reason == "INODES_FULL";
  if (check == nullptr || (!inodes && lead.reason != "DISK_FULL")) return "";
  const std::optional<double> all =
      GaugeOf(*check, inodes ? "filesystem_files" : "filesystem_size_bytes");
  const std::optional<double> left =
      GaugeOf(*check, inodes ? "filesystem_files_free" : "filesystem_avail_bytes");
  if (!all.has_value() || !left.has_value() || *all <= 0) return "";
  const char* how = IsFull(*left, *all)                           ? "full"
                    : lead.severity == rules::Severity::kCritical ? "nearly full"
                                                                  : "filling up";
  const std::string figures = inodes ? absl::StrFormat("%.0f of %.0f inodes left", *left, *all)
                                     : absl::StrCat(Bytes(*left), " of ", Bytes(*all), " left");
  return absl::StrCat("disk ", how, " on ", lead.host.host, ": ", lead.check.target, ", ", figures);
}

PageFigures FiguresOfPage(const rules::Alert& lead, const model::CheckPicture* check) {
  PageFigures page{.now = NowInWords(lead), .past = PastInWords(lead)};
  if (check == nullptr || check->reason != lead.reason) return page;
  if (lead.reason == "STATUS_OTHER") {
    if (const auto status = GaugeOf(*check, "http_status_code"); status.has_value()) {
      page.now = absl::StrFormat("answers %.0f", *status);
      page.past = absl::StrFormat("%s answered %.0f", lead.check.target, *status);
    }
  }
  const auto end = GaugeOf(*check, "certificate_not_after_timestamp_seconds");
  if (lead.reason == "TLS_FAILED" && end.has_value() && *end > 0 && *end < 1e10) {
    const WallTime not_after{static_cast<int64_t>(*end) * 1'000'000'000};
    if (not_after <= check->observed) {
      page.cause = absl::StrCat("its certificate expired on ", MinuteInWords(not_after));
      page.past = absl::StrCat("the certificate of ", lead.check.target, " had expired");
    }
  }
  return page;
}

}  // namespace faultline::incidents
