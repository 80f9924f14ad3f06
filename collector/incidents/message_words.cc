#include "collector/incidents/message_words.h"

#include <cctype>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "collector/model/join.h"
#include "collector/time_zone/zone_data.h"
#include "common/text.h"

namespace faultline::incidents {
namespace {

constexpr size_t kMaxSentence = 500;

// "Berlin" of "Europe/Berlin", "Buenos Aires" of "America/Argentina/Buenos_Aires".
std::string City(const std::string& timezone) {
  std::string city = timezone.substr(timezone.rfind('/') + 1);
  for (char& c : city) {
    if (c == '_') c = ' ';
  }
  return city;
}

// "10 s" or "3 min 10 s" of two neighbouring units; the smaller is left out when it is nothing.
std::string Two(int64_t big, const char* big_unit, int64_t small, const char* small_unit) {
  std::string text = absl::StrCat(big, " ", big_unit);
  if (small != 0) absl::StrAppend(&text, " ", small, " ", small_unit);
  return text;
}

}  // namespace

std::string InWords(std::string_view reason) {
  std::string words(reason);
  for (char& c : words) c = c == '_' ? ' ' : static_cast<char>(tolower(c));
  return words;
}

std::string SpanInWords(Span span) {
  const int64_t ms = span.ns / 1'000'000;
  if (ms < 0) return "0 s";
  if (ms < 1000) return absl::StrCat(ms, " ms");
  const int64_t s = ms / 1000;
  if (s < 60) return absl::StrCat(s, " s");
  const int64_t min = s / 60;
  if (min < 60) return Two(min, "min", s % 60, "s");
  const int64_t h = min / 60;
  if (h < 48) return Two(h, "h", min % 60, "min");
  return Two(h / 24, "days", h % 24, "h");
}

std::string TimeInWords(WallTime time, const std::string& timezone) {
  std::string text = FormatForPeople(time);
  if (timezone.empty() || timezone == "UTC") return text;
  const std::optional<absl::TimeZone> zone = time_zone::FindZone(timezone);
  if (!zone.has_value()) return text;
  const absl::Time moment = absl::FromUnixNanos(time.ns);
  const bool same_day =
      absl::ToCivilDay(moment, *zone) == absl::ToCivilDay(moment, absl::UTCTimeZone());
  absl::StrAppend(&text, " (", absl::FormatTime(same_day ? "%H:%M" : "%e %b %H:%M", moment, *zone),
                  " ", City(timezone), ")");
  return text;
}

std::string Sentence(std::string_view text) {
  std::string sentence = CleanText(text, kMaxSentence);
  while (!sentence.empty() && (sentence.back() == ' ' || sentence.back() == '.')) {
    sentence.pop_back();
  }
  if (sentence.empty()) return sentence;
  // A first word with a dot, colon or digit is a name and stays as it is.
  const std::string first = sentence.substr(0, sentence.find(' '));
  if (first.find_first_of(".:/@-0123456789") == std::string::npos) {
    sentence[0] = static_cast<char>(toupper(static_cast<unsigned char>(sentence[0])));
  }
  return sentence.back() == '?' ? sentence : sentence + ".";
}

std::string PastTrouble(const rules::Alert& alert) {
  const std::string& host = alert.host.host;
  const std::string& target = alert.check.target;
  const std::string& kind = alert.check.kind;
  const std::string& reason = alert.reason;
  if (kind == "unit") {
    const std::string unit = absl::StrCat(target, " on ", host);
    if (reason == "UNIT_STOPPING" || reason == "UNIT_INACTIVE") {
      return absl::StrCat(unit, " was stopped");
    }
    if (reason == "UNIT_FAILED") return absl::StrCat(unit, " failed");
    if (reason == "UNIT_OOM_KILLED") return absl::StrCat(unit, " was killed for lack of memory");
    if (reason == "UNIT_CRASH_LOOP") return absl::StrCat(unit, " kept crashing");
    if (reason == "UNIT_RESTARTING" || reason == "UNIT_STARTING") {
      return absl::StrCat(unit, " took too long to come back");
    }
    if (reason == "HOST_STOPPING") return absl::StrCat(unit, " was down with its host");
    if (reason == "PACKAGE_UPGRADE") return absl::StrCat(unit, " was down for a package upgrade");
  }
  if (kind == "listener" && reason == "NOT_LISTENING") {
    return absl::StrCat("nothing listened on ", target, " on ", host);
  }
  if (kind == "port") {
    return absl::StrCat(host, " could not connect to ", target, " (", InWords(reason), ")");
  }
  if (kind == "agent") return absl::StrCat("the agent on ", host, " was silent");
  return absl::StrCat(alert.check.ToString(), " on ", host, ": ", InWords(reason));
}

const model::CheckPicture* FindCheck(const model::Hosts& hosts, const HostId& host,
                                     const CheckId& check) {
  const auto found_host = hosts.find(host);
  if (found_host == hosts.end()) return nullptr;
  const auto found = found_host->second->checks.find(check);
  return found == found_host->second->checks.end() ? nullptr : &found->second;
}

bool IsRemote(const model::CheckPicture& check) {
  return !check.remote_address.empty() || check.id.kind == "port" || check.id.kind == "http";
}

const model::HostPicture* OtherEnd(const model::Hosts& hosts, const HostId& from,
                                   const model::CheckPicture& check) {
  return model::HostByAddress(hosts, from, check.remote_address);
}

}  // namespace faultline::incidents
