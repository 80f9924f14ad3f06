// Small words of messages. Pure.
#pragma once

#include <string>
#include <string_view>

#include "collector/model/picture.h"
#include "collector/rules/alert.h"
#include "common/clock.h"

namespace faultline::incidents {

// "UNIT_FAILED" -> "unit failed".
std::string InWords(std::string_view reason);

// "420 ms", "42 s", "3 min 10 s", "2 h 5 min", "3 days".
std::string SpanInWords(Span span);

// "2026-11-22 03:14:07.412 UTC (04:14 Berlin)"; with the date there when it is another one
// ("(23 Nov 00:14 Berlin)"). An empty or unknown zone: UTC alone.
std::string TimeInWords(WallTime time, const std::string& timezone);

// One cleaned sentence that starts with a capital (names of units and addresses stay as they are)
// and ends in '.'.
std::string Sentence(std::string_view text);

// What was wrong, from the reason alone: "mysql.service on db-1 was stopped".
std::string PastTrouble(const rules::Alert& alert);

// nullptr when the picture does not have it.
const model::CheckPicture* FindCheck(const model::Hosts& hosts, const HostId& host,
                                     const CheckId& check);

// Looks at another host (has a remote address) instead of at its own.
bool IsRemote(const model::CheckPicture& check);

// The host that a remote check of `from` aims at; nullptr when none or several have its address.
const model::HostPicture* OtherEnd(const model::Hosts& hosts, const HostId& from,
                                   const model::CheckPicture& check);

}  // namespace faultline::incidents
