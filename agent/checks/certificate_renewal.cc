#include "agent/checks/certificate_renewal.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "agent/checks/stamp.h"
#include "agent/host/fd.h"

namespace faultline::checks {
namespace {

constexpr size_t kMaxConfiguration = 64 * 1024;
constexpr Span kDay = Span::Seconds(86'400);

// "30 days", "12 hours", "2 weeks".
std::optional<Span> ParseBefore(absl::string_view text) {
  const std::vector<absl::string_view> words = absl::StrSplit(text, ' ', absl::SkipEmpty());
  int64_t count = 0;
  if (words.size() != 2 || !absl::SimpleAtoi(words[0], &count) || count < 0 || count > 10'000) {
    return std::nullopt;
  }
  if (absl::StartsWith(words[1], "week")) return Span{kDay.ns * 7 * count};
  if (absl::StartsWith(words[1], "day")) return Span{kDay.ns * count};
  if (absl::StartsWith(words[1], "hour")) return Span::Seconds(3600 * count);
  return std::nullopt;
}

Observation Failing(std::string detail) {
  Observation out;
  out.state = State::kWarning;
  out.reason = "RENEWAL_FAILING";
  out.detail = std::move(detail);
  return out;
}

bool IsDirectory(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

}  // namespace

RenewalVerdict JudgeRenewal(const RenewalLook& look, WallTime not_before, WallTime not_after,
                            WallTime now) {
  RenewalVerdict verdict;
  if (look.unknown.has_value()) {
    verdict.finding = look.unknown;
    return verdict;
  }
  const std::string ends = absl::StrCat("it expires at ", FormatForPeople(not_after));
  if (!look.there) {
    verdict.finding = Failing(
        absl::StrCat("nothing renews the certificate: ", look.path, " does not exist; ", ends));
    return verdict;
  }
  if (look.switched_off) {
    verdict.finding = Failing(absl::StrCat("nothing renews the certificate: autorenew = False in ",
                                           look.path, "; ", ends));
    return verdict;
  }
  const Span life{std::max<int64_t>((not_after - not_before).ns, 0)};
  const WallTime due = not_after - look.before.value_or(Span{life.ns / 3});
  const WallTime overdue = due + std::min(kDay, Span{life.ns / 10});
  if (now < overdue) {
    verdict.next_change = overdue;
    return verdict;
  }
  verdict.finding = Failing(absl::StrCat(
      "certbot should have renewed the certificate at ", FormatForPeople(due), " and has not; ",
      ends, "; try: certbot renew --dry-run, and read /var/log/letsencrypt/letsencrypt.log"));
  verdict.finding->since = overdue;
  return verdict;
}

void ParseRenewalConfiguration(absl::string_view text, RenewalLook* look) {
  look->there = true;
  for (const absl::string_view raw : absl::StrSplit(text, '\n')) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(raw, absl::MaxSplits('=', 1));
    const absl::string_view name = absl::StripAsciiWhitespace(parts.first);
    const absl::string_view value = absl::StripAsciiWhitespace(parts.second);
    if (name == "renew_before_expiry") look->before = ParseBefore(value);
    if (name == "autorenew") look->switched_off = absl::EqualsIgnoreCase(value, "false");
  }
}

RenewalLook ReadRenewal(const std::string& renewal, const std::string& name) {
  RenewalLook look;
  look.path = IsDirectory(renewal) ? absl::StrCat(renewal, "/", name, ".conf") : renewal;
  const host::Fd fd(open(look.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat info {};
  if (!fd.valid() && (errno == ENOENT || errno == ENOTDIR)) return look;
  if (!fd.valid() || fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode)) {
    look.unknown = CouldNotLook(
        errno == EACCES ? "RIGHT_MISSING" : "FILE_UNREADABLE",
        absl::StrCat("may not read certbot's configuration ", look.path,
                     "; let the agent's user read it (setfacl -m u:faultline-agent:r)"));
    return look;
  }
  std::string text(kMaxConfiguration, '\0');
  const ssize_t n = read(fd.get(), text.data(), text.size());
  text.resize(n > 0 ? static_cast<size_t>(n) : 0);
  ParseRenewalConfiguration(text, &look);
  return look;
}

std::string LineageOf(const std::string& certificate_path) {
  const size_t end = certificate_path.rfind('/');
  if (end == std::string::npos || end == 0) return "";
  const size_t begin = certificate_path.rfind('/', end - 1);
  return certificate_path.substr(begin + 1, end - begin - 1);
}

}  // namespace faultline::checks
