// What the spool's tests share: a directory of their own, records, and looking into files.
#pragma once

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "agent/spool/spool.h"
#include "gtest/gtest.h"

namespace faultline::spool {

inline constexpr auto kTransitions = faultline::v1::STREAM_TRANSITIONS;
inline constexpr auto kLogEvents = faultline::v1::STREAM_LOG_EVENTS;

class TempDir {
 public:
  // `parent`: "" = where temporary files go.
  explicit TempDir(const std::string& parent = "") {
    std::string name = (parent.empty() ? std::filesystem::temp_directory_path().string() : parent) +
                       "/faultline-spool-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Where a sync costs nothing, for tests that open a spool a thousand times.
inline std::string FastParent() { return access("/dev/shm", W_OK) == 0 ? "/dev/shm" : ""; }

inline std::string Slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

inline void Spill(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

// Paths of files in `directory` that begin with `prefix` and end with `suffix`, sorted.
inline std::vector<std::string> FilesOf(const std::string& directory, const std::string& prefix,
                                        const std::string& suffix) {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    const std::string name = entry.path().filename().string();
    if (name.rfind(prefix, 0) == 0 && name.size() >= suffix.size() &&
        name.compare(name.size() - suffix.size(), suffix.size(), suffix) == 0) {
      found.push_back(entry.path().string());
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

// A transition whose detail is `detail` and that was seen at `wall_ns`.
inline faultline::v1::Record Transition(const std::string& detail, int64_t wall_ns = 1) {
  faultline::v1::Record record;
  auto* transition = record.mutable_transition();
  transition->set_kind("unit");
  transition->set_target("mysql.service");
  transition->mutable_observation()->set_state(faultline::v1::STATE_CRITICAL);
  transition->mutable_observation()->set_detail(detail);
  transition->mutable_observation()->mutable_observed()->set_wall_ns(wall_ns);
  return record;
}

inline faultline::v1::Record LogLine(const std::string& sample) {
  faultline::v1::Record record;
  record.mutable_log_event()->set_sample(sample);
  return record;
}

inline std::string DetailOf(const faultline::v1::Record& record) {
  return record.transition().observation().detail();
}

inline std::unique_ptr<Spool> OpenSpool(const SpoolOptions& options) {
  absl::StatusOr<std::unique_ptr<Spool>> spool = Spool::Open(options);
  if (!spool.ok()) {
    ADD_FAILURE() << spool.status();
    return nullptr;
  }
  return *std::move(spool);
}

inline std::unique_ptr<Spool> OpenSpool(const std::string& directory) {
  SpoolOptions options;
  options.directory = directory;
  return OpenSpool(options);
}

inline std::vector<faultline::v1::Record> ReadAll(Spool& spool, faultline::v1::Stream stream,
                                                  uint64_t after = 0, size_t batch = 50) {
  std::vector<faultline::v1::Record> all;
  while (true) {
    std::vector<faultline::v1::Record> some = spool.ReadAfter(stream, after, batch);
    if (some.empty()) return all;
    EXPECT_LE(some.size(), batch);
    after = some.back().seq();
    for (auto& record : some) all.push_back(std::move(record));
  }
}

// Every number after `after` exactly once, in order, gaps counted by their range.
inline void ExpectWithoutHoles(const std::vector<faultline::v1::Record>& records, uint64_t after) {
  for (const auto& record : records) {
    const uint64_t first = record.has_gap() ? record.gap().first_seq() : record.seq();
    ASSERT_EQ(first, after + 1) << record.ShortDebugString();
    if (record.has_gap()) {
      ASSERT_EQ(record.gap().last_seq(), record.seq());
    }
    after = record.seq();
  }
}

}  // namespace faultline::spool
