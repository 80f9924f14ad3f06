#!/usr/bin/env bash
# Abseil keeps each time zone that a process has asked for, and each failure to load one, for the life of the process.
#
# A tz database that is upgraded (in 2026 Cuba's change came to Debian two days before it took effect) is not noticed, and
# a zone that was missing once (tzdata not installed yet) stays unknown after its file is there: LoadTimeZone answers
# from its own table, by name. An absolute path is a name, too, and every spelling of it one of its own, so that
# "/usr/share/zoneinfo/./Area/City" loads the file anew.
#
# Seen: libabsl 20220623.1-1+deb12u2, Debian 12. Exits 0 while it is so, 1 when that has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -q libabsl-dev=20220623.1-1+deb12u2 libabsl20220623=20220623.1-1+deb12u2 tzdata >/dev/null
for package in *.deb; do dpkg -x "$package" root; done
libraries=$(dirname "$(find "$folder/root" -name 'libabsl_time_zone.so' -print -quit)")
zones=$folder/root/usr/share/zoneinfo

cat >zone.cc <<'EOF'
#include <cstdio>
#include <filesystem>
#include <string>

#include "absl/time/time.h"

static std::string Hour(const std::string& name) {
  absl::TimeZone zone;
  if (!absl::LoadTimeZone(name, &zone)) return "unknown";
  return absl::FormatTime("%H:%M", absl::FromUnixSeconds(1800000000), zone);
}

int main(int, char** argv) {
  const std::string zones = argv[1], own = argv[2];
  const auto install = [&](const char* from, const char* as) {
    std::filesystem::copy_file(zones + from, own + as, std::filesystem::copy_options::overwrite_existing);
  };
  install("/Asia/Tokyo", "/Upgraded");
  const std::string before = Hour("Upgraded"), missing = Hour("Late");
  install("/America/New_York", "/Upgraded");
  install("/Asia/Tokyo", "/Late");
  const std::string after = Hour("Upgraded"), late = Hour("Late"), anew = Hour(own + "/./Upgraded");
  std::printf("Upgraded: %s, after its file was replaced: %s, by another spelling of its path: %s\n", before.c_str(),
              after.c_str(), anew.c_str());
  std::printf("Late: %s, after its file came: %s\n", missing.c_str(), late.c_str());
  return before == after && after != anew && missing == "unknown" && late == "unknown" ? 0 : 1;
}
EOF
g++ -std=c++17 -I"$folder/root/usr/include" zone.cc -o zone -L"$libraries" -Wl,-rpath,"$libraries" -labsl_time \
  -labsl_time_zone -labsl_strings -labsl_int128
mkdir own
if ! TZDIR=$folder/own ./zone "$zones" "$folder/own"; then
  echo 'CHANGED: Abseil reads a time zone again'
  exit 1
fi
