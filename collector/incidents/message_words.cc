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

std::string ClockTime(WallTime time, WallTime beside) {
  const std::string text = FormatForPeople(time);  // "2026-11-22 03:14:07.412 UTC"
  const bool same_day = text.substr(0, 10) == FormatForPeople(beside).substr(0, 10);
  return absl::StrCat(same_day ? "" : text.substr(0, 11), text.substr(11, 8), " UTC");
}

std::string MinuteInWords(WallTime time) {
  return absl::StrCat(FormatForPeople(time).substr(0, 16), " UTC");
}

std::string Sentence(std::string_view text, Opening opening) {
  std::string sentence = CleanText(text, kMaxSentence);
  while (!sentence.empty() && (sentence.back() == ' ' || sentence.back() == '.')) {
    sentence.pop_back();
  }
  if (sentence.empty()) return sentence;
  // A first word with a dot, colon or digit is a name and stays as it is.
  const std::string first = sentence.substr(0, sentence.find(' '));
  const bool is_name = first.find_first_of(".:/@-0123456789") != std::string::npos;
  if (opening == Opening::kCapital && !is_name) {
    sentence[0] = static_cast<char>(toupper(static_cast<unsigned char>(sentence[0])));
  }
  return sentence.back() == '?' ? sentence : sentence + ".";
}

const model::CheckPicture* FindCheck(const model::Hosts& hosts, const HostId& host,
                                     const CheckId& check) {
  const auto found_host = hosts.find(host);
  if (found_host == hosts.end()) return nullptr;
  const auto found = found_host->second->checks.find(check);
  return found == found_host->second->checks.end() ? nullptr : &found->second;
}

std::optional<double> GaugeOf(const model::CheckPicture& check, std::string_view name) {
  for (const model::GaugeValue& gauge : check.gauges) {
    if (gauge.name == name) return gauge.value;
  }
  return std::nullopt;
}

bool IsRemote(const model::CheckPicture& check) {
  return !check.remote_address.empty() || check.id.kind == "port" || check.id.kind == "http";
}

const model::HostPicture* OtherEnd(const model::Hosts& hosts, const HostId& from,
                                   const model::CheckPicture& check) {
  return model::HostByAddress(hosts, from, check.remote_address);
}

}  // namespace faultline::incidents
