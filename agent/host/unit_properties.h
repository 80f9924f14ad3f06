// Reading systemd's property maps from bus messages.
#pragma once

#include "absl/status/status.h"
#include "agent/host/systemd_bus.h"

struct sd_bus_message;

namespace faultline::host {

// Reads a map of properties (a{sv}) at the message's position into `properties`: what is in it is
// overwritten, the rest stays. Unknown names are skipped, as are values of another type than
// systemd documents.
absl::Status ReadUnitProperties(sd_bus_message* message, UnitProperties& properties);

// "org.freedesktop.systemd1.Service" of "mysql.service"; empty for a name without a suffix.
std::string TypeInterface(const std::string& unit);

}  // namespace faultline::host
