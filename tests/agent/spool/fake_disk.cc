#include "tests/agent/spool/fake_disk.h"

#include <algorithm>
#include <utility>

namespace faultline::spool {
namespace {

constexpr size_t kSector = 512;
constexpr char kRoot[] = "/disk";
constexpr char kBootId[] = "/proc/sys/kernel/random/boot_id";

}  // namespace

class FakeFile : public File {
 public:
  FakeFile(FakeDisk& disk, std::shared_ptr<FakeDisk::Inode> inode)
      : disk_(disk), inode_(std::move(inode)), life_(disk.life_) {}

  absl::Status Append(std::string_view bytes) override {
    MutexLock lock(disk_.mutex_);
    return Do({inode_->now.size(), std::string(bytes)});
  }
  absl::Status Overwrite(std::string_view bytes) override {
    MutexLock lock(disk_.mutex_);
    return Do({0, std::string(bytes)});
  }
  absl::Status Truncate(uint64_t size) override {
    MutexLock lock(disk_.mutex_);
    return Do({size, "", true});
  }
  absl::StatusOr<uint64_t> Size() override {
    MutexLock lock(disk_.mutex_);
    return inode_->now.size();
  }
  absl::Status Sync() override {
    MutexLock lock(disk_.mutex_);
    if (life_ != disk_.life_) return absl::DataLossError("of an earlier life");
    return disk_.SyncInode(*inode_);
  }

 private:
  absl::Status Do(FakeDisk::Write write) {
    if (life_ != disk_.life_) return absl::DataLossError("of an earlier life");
    return disk_.Change(*inode_, std::move(write));
  }

  FakeDisk& disk_;
  const std::shared_ptr<FakeDisk::Inode> inode_;
  const uint64_t life_;
};

class FakeLock : public DirectoryLock {
 public:
  explicit FakeLock(FakeDisk& disk) : disk_(disk), life_(disk.life_) {}
  ~FakeLock() override {
    MutexLock lock(disk_.mutex_);
    if (life_ == disk_.life_) disk_.locked_ = false;
  }

 private:
  FakeDisk& disk_;
  const uint64_t life_;
};

FakeDisk::FakeDisk(uint64_t seed) : random_(seed) {
  now_[kRoot] = std::make_shared<Inode>(Inode{.is_directory = true});
  safe_ = now_;
}

bool FakeDisk::Chance(double probability) {
  return std::uniform_real_distribution<double>(0, 1)(random_) < probability;
}

void FakeDisk::DieAfter(uint64_t changes) {
  MutexLock lock(mutex_);
  changes_left_ = changes;
}

bool FakeDisk::dead() {
  MutexLock lock(mutex_);
  return changes_left_ == 0;
}

void FakeDisk::set_fault(Fault fault) {
  MutexLock lock(mutex_);
  fault_ = fault;
}

absl::Status FakeDisk::Step(bool grows) {
  if (changes_left_ == 0) return absl::DataLossError("the process is gone");
  if (changes_left_ != UINT64_MAX) --changes_left_;
  if (fault_ == Fault::kReadOnly) return absl::FailedPreconditionError("read-only");
  if (fault_ == Fault::kFull && grows) return absl::ResourceExhaustedError("full");
  return absl::OkStatus();
}

void FakeDisk::ApplyWhole(const Write& write, std::string* bytes) {
  if (write.is_truncation) {
    bytes->resize(write.at);
    return;
  }
  if (bytes->size() < write.at + write.bytes.size()) bytes->resize(write.at + write.bytes.size());
  bytes->replace(write.at, write.bytes.size(), write.bytes);
}

void FakeDisk::ApplyTorn(const Write& write, double kept, std::string* bytes) {
  if (write.is_truncation) {
    if (Chance(kept)) ApplyWhole(write, bytes);
    return;
  }
  for (uint64_t at = write.at; at < write.at + write.bytes.size();) {
    const uint64_t end =
        std::min<uint64_t>((at / kSector + 1) * kSector, write.at + write.bytes.size());
    if (Chance(kept)) {
      ApplyWhole({at, write.bytes.substr(at - write.at, end - at)}, bytes);
    } else if (Chance(kept) && bytes->size() < end) {
      bytes->resize(end);  // the size came, the data did not
    }
    at = end;
  }
}

absl::Status FakeDisk::Change(Inode& inode, Write write) {
  const bool grows = !write.is_truncation && write.at + write.bytes.size() > inode.now.size();
  const absl::Status status = Step(grows);
  if (absl::IsResourceExhausted(status)) write.bytes.resize(write.bytes.size() / 2);  // some fit
  if (status.ok() || absl::IsResourceExhausted(status)) {
    ApplyWhole(write, &inode.now);
    inode.writes.push_back(std::move(write));
  }
  return status;
}

absl::Status FakeDisk::SyncInode(Inode& inode) {
  const absl::Status status = Step(false);
  if (!status.ok()) return status;
  if (fault_ == Fault::kFailingSyncs) {
    for (const Write& write : inode.writes) ApplyTorn(write, 0.5, &inode.safe);
    inode.writes.clear();
    return absl::DataLossError("the medium fails");
  }
  inode.safe = inode.now;
  inode.writes.clear();
  return absl::OkStatus();
}

void FakeDisk::Apply(const NameChange& change, Names* names) const {
  if (!change.from.empty()) names->erase(change.from);
  if (!change.to.empty()) (*names)[change.to] = change.inode;
}

void FakeDisk::ChangeNames(NameChange change) {
  Apply(change, &now_);
  name_changes_.push_back(std::move(change));
}

void FakeDisk::Kill() {
  MutexLock lock(mutex_);
  ++life_;
  locked_ = false;
  changes_left_ = UINT64_MAX;
}

void FakeDisk::LosePower() {
  MutexLock lock(mutex_);
  ++life_;
  ++boot_;
  locked_ = false;
  changes_left_ = UINT64_MAX;
  // Nothing, anything or everything of what was under way.
  const double kept = std::uniform_int_distribution<int>(0, 4)(random_) / 4.0;
  for (const NameChange& change : name_changes_) {
    if (Chance(kept)) Apply(change, &safe_);
  }
  name_changes_.clear();
  std::erase_if(safe_, [this](const auto& entry) {
    return entry.first != kRoot && !safe_.contains(ParentOf(entry.first));
  });
  for (auto& [path, inode] : safe_) {
    for (const Write& write : inode->writes) ApplyTorn(write, kept, &inode->safe);
    inode->writes.clear();
    inode->now = inode->safe;
  }
  now_ = safe_;
}

absl::StatusOr<std::unique_ptr<File>> FakeDisk::Open(const std::string& path, Mode mode) {
  MutexLock lock(mutex_);
  if (!now_.contains(ParentOf(path))) return absl::NotFoundError(path);
  const auto found = now_.find(path);
  if (found == now_.end()) {
    if (mode == Mode::kContinue) return absl::NotFoundError(path);
    const absl::Status status = Step(true);
    if (!status.ok()) return status;
    const auto inode = std::make_shared<Inode>();
    ChangeNames({ParentOf(path), "", path, inode});
    return std::make_unique<FakeFile>(*this, inode);
  }
  if (fault_ == Fault::kReadOnly) return absl::FailedPreconditionError("read-only");
  if (mode == Mode::kCreate) {
    const absl::Status status = Change(*found->second, {0, "", true});
    if (!status.ok()) return status;
  }
  return std::make_unique<FakeFile>(*this, found->second);
}

absl::StatusOr<std::string> FakeDisk::Read(const std::string& path, size_t max_bytes) {
  MutexLock lock(mutex_);
  if (path == kBootId) return "boot-" + std::to_string(boot_) + "\n";
  const auto found = now_.find(path);
  if (found == now_.end()) return absl::NotFoundError(path);
  if (found->second->now.size() > max_bytes) return absl::OutOfRangeError(path);
  return found->second->now;
}

bool FakeDisk::Exists(const std::string& path) {
  MutexLock lock(mutex_);
  return now_.contains(path);
}

absl::StatusOr<uint64_t> FakeDisk::SizeOf(const std::string& path) {
  MutexLock lock(mutex_);
  const auto found = now_.find(path);
  if (found == now_.end()) return absl::NotFoundError(path);
  return found->second->now.size();
}

absl::StatusOr<std::vector<std::string>> FakeDisk::List(const std::string& directory) {
  MutexLock lock(mutex_);
  if (!now_.contains(directory)) return absl::NotFoundError(directory);
  std::vector<std::string> names;
  for (const auto& [path, inode] : now_) {
    if (ParentOf(path) == directory) names.push_back(path.substr(directory.size() + 1));
  }
  return names;
}

absl::Status FakeDisk::Rename(const std::string& from, const std::string& to) {
  MutexLock lock(mutex_);
  const auto found = now_.find(from);
  if (found == now_.end()) return absl::NotFoundError(from);
  const absl::Status status = Step(false);
  if (status.ok()) ChangeNames({ParentOf(from), from, to, found->second});
  return status;
}

absl::Status FakeDisk::Remove(const std::string& path) {
  MutexLock lock(mutex_);
  if (!now_.contains(path)) return absl::NotFoundError(path);
  const absl::Status status = Step(false);
  if (status.ok()) ChangeNames({ParentOf(path), path, "", nullptr});
  return status;
}

absl::Status FakeDisk::SyncDirectory(const std::string& directory) {
  MutexLock lock(mutex_);
  if (!now_.contains(directory)) return absl::NotFoundError(directory);
  const absl::Status status = Step(false);
  if (!status.ok()) return status;
  std::erase_if(name_changes_, [&](const NameChange& change) {
    if (change.directory != directory) return false;
    Apply(change, &safe_);
    return true;
  });
  return absl::OkStatus();
}

absl::Status FakeDisk::MakeDirectory(const std::string& directory) {
  MutexLock lock(mutex_);
  if (now_.contains(directory)) return absl::OkStatus();
  if (!now_.contains(ParentOf(directory))) return absl::NotFoundError(directory);
  const absl::Status status = Step(true);
  if (!status.ok()) return status;
  ChangeNames(
      {ParentOf(directory), "", directory, std::make_shared<Inode>(Inode{.is_directory = true})});
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<DirectoryLock>> FakeDisk::Lock(const std::string& path) {
  MutexLock lock(mutex_);
  if (!now_.contains(ParentOf(path))) return absl::NotFoundError(path);
  if (locked_) return absl::AbortedError("in use");
  locked_ = true;
  return std::make_unique<FakeLock>(*this);
}

}  // namespace faultline::spool
