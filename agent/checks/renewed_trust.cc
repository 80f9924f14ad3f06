#include "agent/checks/renewed_trust.h"

#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "agent/checks/certificate_file.h"

namespace faultline::checks {
namespace {

constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
constexpr std::string_view kEnd = "-----END CERTIFICATE-----";

// A private key in the same file is never kept.
std::string OnlyCertificates(std::string_view pem) {
  std::string out;
  for (size_t begin = pem.find(kBegin); begin != std::string_view::npos;) {
    const size_t end = pem.find(kEnd, begin);
    if (end == std::string_view::npos) break;
    out.append(pem.substr(begin, end + kEnd.size() - begin)).append("\n");
    begin = pem.find(kBegin, end);
  }
  return out;
}

}  // namespace

std::string RenewedTrust::Former(MonoTime now, Span grace) {
  if (path_.empty()) return "";
  if (changed_.has_value() && now - *changed_ >= grace) {
    changed_.reset();
    former_.clear();
  }
  const absl::StatusOr<std::string> text = ReadCertificateFile(path_);
  if (!text.ok()) return former_;
  std::string certificates = OnlyCertificates(*text);
  // Half of a file, as one who copies it leaves it for a moment, is none.
  if (certificates == current_ || !ParseCertificates(certificates, {}).ok()) return former_;
  if (!current_.empty()) {
    // Several changes in a row: the oldest first, as the server may serve any of them.
    if (former_.size() < kMaxCertificateFile) former_ += current_;
    changed_ = now;
  }
  current_ = std::move(certificates);
  return former_;
}

}  // namespace faultline::checks
