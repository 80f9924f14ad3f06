#include "collector/time_zone/zone_data.h"

#include <sys/stat.h>

#include <cstdlib>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "collector/time_zone/zone_names.h"
#include "common/mutex.h"
#include "common/yaml/node.h"

namespace faultline::time_zone {
namespace {

// Abseil never frees a zone. Tens of years of upgrades, or something that writes the file for ever.
constexpr int kMaxLoads = 1000;

std::string Directory() {
  const char* directory = getenv("TZDIR");
  return directory != nullptr && *directory == '/' ? directory : "/usr/share/zoneinfo";
}

// What tells a file from the one that took its place.
struct Stamp {
  dev_t device = 0;
  ino_t inode = 0;
  off_t size = 0;
  int64_t modified_ns = 0;
  bool operator==(const Stamp&) const = default;
};

std::optional<Stamp> StampOf(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return std::nullopt;
  return Stamp{.device = info.st_dev,
               .inode = info.st_ino,
               .size = info.st_size,
               .modified_ns = info.st_mtim.tv_sec * 1'000'000'000 + info.st_mtim.tv_nsec};
}

class Zones {
 public:
  std::optional<absl::TimeZone> Find(const std::string& name) {
    const std::string directory = Directory();
    const std::optional<Stamp> stamp = StampOf(absl::StrCat(directory, "/", name));
    MutexLock lock(mutex_);
    Known& known = known_[name];
    if (!stamp.has_value() || stamp == known.stamp || loads_ >= kMaxLoads) return known.zone;
    known.stamp = stamp;
    // Abseil keeps what a name has given, also a failure, as long as the process lives. A path is a
    // name as well, and each change of the file gets another path to it.
    std::string path = directory;
    for (int i = 0; i <= loads_; ++i) path += "/.";
    absl::TimeZone zone;
    if (absl::LoadTimeZone(absl::StrCat(path, "/", name), &zone)) known.zone = zone;
    ++loads_;
    return known.zone;
  }

 private:
  struct Known {
    std::optional<Stamp> stamp;
    std::optional<absl::TimeZone> zone;
  };

  Mutex mutex_;
  std::map<std::string, Known> known_ FAULTLINE_GUARDED_BY(mutex_);
  int loads_ FAULTLINE_GUARDED_BY(mutex_) = 0;
};

}  // namespace

absl::Status CheckZone(const std::string& name) {
  if (name == "UTC") return absl::OkStatus();
  const std::string list = absl::StrCat(Directory(), "/tzdata.zi");
  const absl::StatusOr<std::string> text = yaml::ReadFile(list);
  if (!text.ok()) {
    return absl::FailedPreconditionError(
        absl::StrCat("cannot be looked up: ", list,
                     " cannot be read; install it (sudo apt install tzdata) or write UTC"));
  }
  const ZoneNames names = ParseZoneNames(*text);
  if (absl::Status status = CheckZoneName(name, names); !status.ok()) return status;
  if (FindZone(name).has_value()) return absl::OkStatus();
  const std::string& zone = names.at(name);
  // Debian 13 and Ubuntu 24.04 keep old names apart.
  if (!zone.empty() && FindZone(zone).has_value()) {
    return absl::FailedPreconditionError(
        absl::StrCat("is an old name that this system has no data of; write ", zone,
                     ", or sudo apt install tzdata-legacy"));
  }
  return absl::FailedPreconditionError(
      absl::StrCat("is a time zone whose data cannot be read (", Directory(), "/", name,
                   "); install it (sudo apt install --reinstall tzdata) or write UTC"));
}

std::optional<absl::TimeZone> FindZone(const std::string& name) {
  static auto& zones = *new Zones;
  return zones.Find(name);
}

}  // namespace faultline::time_zone
