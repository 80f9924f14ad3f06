#include "agent/link/identity_store.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace faultline::link {
namespace {

constexpr size_t kMaxIdentityBytes = 1 << 20;
constexpr size_t kMaxKeyBytes = 16 * 1024;

}  // namespace

IdentityStore::IdentityStore(std::string directory, spool::Disk& disk)
    : directory_(std::move(directory)),
      path_(directory_ + "/identity.pem"),
      joining_path_(directory_ + "/joining.key"),
      disk_(disk) {}

absl::StatusOr<std::unique_ptr<IdentityStore>> IdentityStore::Open(const std::string& state_dir,
                                                                   spool::Disk* disk) {
  std::unique_ptr<spool::Disk> own = disk == nullptr ? spool::MakeDisk() : nullptr;
  if (disk == nullptr) disk = own.get();
  std::unique_ptr<IdentityStore> store(new IdentityStore(state_dir + "/identity", *disk));
  store->own_disk_ = std::move(own);
  const absl::Status prepared = store->Prepare();
  if (!prepared.ok() && !spool::IsDiskTrouble(prepared)) return prepared;
  // What a kill left half written; it may hold a key.
  for (const std::string& path : {store->path_, store->joining_path_}) {
    if (disk->Exists(path + ".tmp")) disk->Remove(path + ".tmp").IgnoreError();
  }
  return store;
}

absl::StatusOr<Identity> IdentityStore::Peek(const std::string& state_dir) {
  const std::unique_ptr<spool::Disk> disk = spool::MakeDisk();
  return IdentityStore(state_dir + "/identity", *disk).Load();
}

std::string IdentityStore::PathIn(const std::string& state_dir) {
  return state_dir + "/identity/identity.pem";
}

absl::Status IdentityStore::Prepare() {
  if (lock_ != nullptr) return absl::OkStatus();
  absl::Status made = spool::MakeDirectories(disk_, directory_);
  // The directory may be there although its parent could not be synced.
  auto lock = disk_.Lock(directory_ + "/lock");
  if (absl::IsAborted(lock.status())) {
    return absl::AbortedError(
        absl::StrCat("another process has ", directory_,
                     "; an agent that runs with this state_dir joins and renews by itself"));
  }
  if (!lock.ok()) return made.ok() ? lock.status() : made;
  lock_ = *std::move(lock);
  return made;
}

absl::StatusOr<Identity> IdentityStore::Load() {
  absl::StatusOr<std::string> text = disk_.Read(path_, kMaxIdentityBytes);
  if (!text.ok() && !absl::IsOutOfRange(text.status())) return text.status();
  const host::Secret secret(text.ok() ? *std::move(text) : "");
  absl::StatusOr<Identity> identity = ParseIdentity(secret.value());
  if (!identity.ok()) {
    return absl::DataLossError(
        absl::StrCat(path_, " ", identity.status().message(),
                     "; put it back from a copy, or let this host join anew with a token"));
  }
  return identity;
}

absl::Status IdentityStore::Save(const Identity& identity) {
  const host::Secret text = FormatIdentity(identity);
  if (absl::Status prepared = Prepare(); !prepared.ok()) return prepared;
  absl::Status saved = spool::ReplaceFile(disk_, path_, text.value());
  if (!saved.ok()) return saved;
  // One that stays is known by its key and never used again.
  if (disk_.Exists(joining_path_)) disk_.Remove(joining_path_).IgnoreError();
  return absl::OkStatus();
}

absl::StatusOr<HostKey> IdentityStore::JoiningKey() {
  if (absl::StatusOr<std::string> text = disk_.Read(joining_path_, kMaxKeyBytes); text.ok()) {
    const host::Secret secret(*std::move(text));
    absl::StatusOr<HostKey> kept = HostKey::FromPem(secret.value());
    const absl::StatusOr<Identity> present = Load();
    const bool is_used = kept.ok() && present.ok() && present->key == *kept;
    if (kept.ok() && !is_used) return kept;
  }
  absl::StatusOr<HostKey> key = HostKey::Make();
  if (!key.ok()) return key;
  if (absl::Status prepared = Prepare(); !prepared.ok()) return prepared;
  const host::Secret pem = key->ToPem();
  if (absl::Status kept = spool::ReplaceFile(disk_, joining_path_, pem.value()); !kept.ok()) {
    return kept;
  }
  return key;
}

}  // namespace faultline::link
