// systemd's names on the system bus (org.freedesktop.systemd1(5)).
#pragma once

namespace faultline::host {

inline constexpr char kSystemd[] = "org.freedesktop.systemd1";
inline constexpr char kManagerPath[] = "/org/freedesktop/systemd1";
inline constexpr char kProperties[] = "org.freedesktop.DBus.Properties";

}  // namespace faultline::host
