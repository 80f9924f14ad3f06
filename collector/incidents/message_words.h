// Small words of messages. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "collector/model/picture.h"
#include "collector/rules/alert.h"
#include "common/clock.h"

namespace faultline::incidents {

// "420 ms", "42 s", "3 min 10 s", "2 h 5 min", "3 days".
std::string SpanInWords(Span span);

// "2026-11-22 03:14:07.412 UTC (04:14 Berlin)"; with the date there when it is another one
// ("(23 Nov 00:14 Berlin)"). An empty or unknown zone: UTC alone.
std::string TimeInWords(WallTime time, const std::string& timezone);

// "03:14:07 UTC", with the date before it when it is another day than `beside`.
std::string ClockTime(WallTime time, WallTime beside);

// "2026-11-30 00:00 UTC".
std::string MinuteInWords(WallTime time);

// One cleaned sentence that starts with a capital (names of units and addresses stay as they are)
// and ends in '.'.
enum class Opening { kCapital, kAsItIs };
std::string Sentence(std::string_view text, Opening opening = Opening::kCapital);

// nullptr when the picture does not have it.
const model::CheckPicture* FindCheck(const model::Hosts& hosts, const HostId& host,
                                     const CheckId& check);

// nullopt where the check did not measure it.
std::optional<double> GaugeOf(const model::CheckPicture& check, std::string_view name);

// Looks at another host (has a remote address) instead of at its own.
bool IsRemote(const model::CheckPicture& check);

// The host that a remote check of `from` aims at; nullptr when none or several have its address.
const model::HostPicture* OtherEnd(const model::Hosts& hosts, const HostId& from,
                                   const model::CheckPicture& check);

}  // namespace faultline::incidents
