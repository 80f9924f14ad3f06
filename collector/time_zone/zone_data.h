// The system's time zones: may one be written, and what is its time. They are looked up in $TZDIR
// where that is an absolute path, else in /usr/share/zoneinfo, as Abseil and the C library do.
#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace faultline::time_zone {

// Whether `name` can be configured: a name of the tz database whose data is there. The error says
// what is wrong with the name, which the caller names, and the fix. Reads files.
absl::Status CheckZone(const std::string& name);

// A zone that CheckZone has passed, by the data that the system has now: an upgrade of tzdata
// counts from the next call on (it costs a stat). While the file cannot be read, what was last read
// of it stands; nullopt when nothing was. Thread-safe.
std::optional<absl::TimeZone> FindZone(const std::string& name);

}  // namespace faultline::time_zone
