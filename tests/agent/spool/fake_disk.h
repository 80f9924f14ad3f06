// A disk in memory that forgets as a real one may: what was not synced is lost, kept or torn by
// sectors when the power goes; names that were not synced with their directory as well.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "agent/spool/file_io.h"
#include "common/mutex.h"

namespace faultline::spool {

// Thread-safe; the methods of this class itself are called while no spool is open on it.
class FakeDisk : public Disk {
 public:
  explicit FakeDisk(uint64_t seed);

  // After this many more changes (writes, syncs, renames...) every one fails.
  void DieAfter(uint64_t changes);
  bool dead();
  // The process is gone; the kernel still has everything.
  void Kill();
  // So is the kernel. The next run sees another boot id.
  void LosePower();

  // From now on. The fake of a full disk takes no growth, that of a read-only one no change. A
  // failing one forgets what a failed sync should have kept, as the kernel does.
  enum class Fault { kNone, kFull, kReadOnly, kFailingSyncs };
  void set_fault(Fault fault);

  absl::StatusOr<std::unique_ptr<File>> Open(const std::string& path, Mode mode) override;
  absl::StatusOr<std::string> Read(const std::string& path, size_t max_bytes) override;
  bool Exists(const std::string& path) override;
  absl::StatusOr<uint64_t> SizeOf(const std::string& path) override;
  absl::StatusOr<std::vector<std::string>> List(const std::string& directory) override;
  absl::Status Rename(const std::string& from, const std::string& to) override;
  absl::Status Remove(const std::string& path) override;
  absl::Status SyncDirectory(const std::string& directory) override;
  absl::Status MakeDirectory(const std::string& directory) override;
  absl::StatusOr<std::unique_ptr<DirectoryLock>> Lock(const std::string& path) override;

 private:
  friend class FakeFile;
  friend class FakeLock;

  struct Write {
    uint64_t at = 0;
    std::string bytes;
    bool is_truncation = false;  // to `at`
  };
  struct Inode {
    bool is_directory = false;
    std::string now;            // what a reader sees
    std::string safe;           // what is on the medium for sure
    std::vector<Write> writes;  // from `safe` to `now`
  };
  using Names = std::map<std::string, std::shared_ptr<Inode>>;  // whole paths
  // A change of names: `from` goes, `to` comes; either may be empty.
  struct NameChange {
    std::string directory, from, to;
    std::shared_ptr<Inode> inode;
  };

  // Whether a change may happen; counts it.
  absl::Status Step(bool grows);
  absl::Status Change(Inode& inode, Write write);
  absl::Status SyncInode(Inode& inode);
  void Apply(const NameChange& change, Names* names) const;
  void ChangeNames(NameChange change);
  static void ApplyWhole(const Write& write, std::string* bytes);
  void ApplyTorn(const Write& write, double kept, std::string* bytes);
  bool Chance(double probability);

  Mutex mutex_;
  std::mt19937_64 random_;
  Names now_;
  Names safe_;
  std::vector<NameChange> name_changes_;  // from safe_ to now_, in order
  bool locked_ = false;
  uint64_t changes_left_ = UINT64_MAX;
  uint64_t life_ = 0;  // handles of an earlier one change nothing
  Fault fault_ = Fault::kNone;
  int boot_ = 1;
};

}  // namespace faultline::spool
