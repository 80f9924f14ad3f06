// Which time zones a person may write: those of the tz database, as the system has it. Pure.
#pragma once

#include <map>
#include <string>

#include "absl/status/status.h"

namespace faultline::time_zone {

// By name: "" for a zone, for another name of one ("US/Pacific") the zone ("America/Los_Angeles").
using ZoneNames = std::map<std::string, std::string>;

// From the text of tzdata.zi (zic(8)). What it does not understand it passes over.
ZoneNames ParseZoneNames(const std::string& tzdata_zi);

// InvalidArgument says what is wrong with `name`, which the caller has named, and the fix:
// "is not a time zone; did you mean ...". UTC is always one. Refused are also names of the database
// that mislead a reader: Etc/GMT+2 is two hours behind UTC.
absl::Status CheckZoneName(const std::string& name, const ZoneNames& names);

}  // namespace faultline::time_zone
