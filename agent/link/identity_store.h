// The host's identity on disk: STATE_DIR/identity/identity.pem.
//
// One file holds key, certificate and authorities, and is replaced as a whole (temporary file,
// fsync, rename, fsync of the directory): whenever the process or the power goes, it is the old or
// the new, and key and certificate belong together. Beside it, while this host is joining, the key
// that it asked for: an answer that got lost is asked for again with the same key.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "agent/link/identity.h"
#include "agent/spool/file_io.h"

namespace faultline::link {

// One process has it at a time. Not thread-safe. All of it blocks on the disk.
class IdentityStore {
 public:
  // Makes the directory (mode 0700) and its parent where they are not there. `disk`: the real one
  // when null; must outlive the store. Errors name the path and the fix; Aborted: another
  // process has it. On a disk that takes nothing the store opens all the same: what is
  // there can be read, and the lock is taken before the first write that goes through.
  static absl::StatusOr<std::unique_ptr<IdentityStore>> Open(const std::string& state_dir,
                                                             spool::Disk* disk = nullptr);

  // What Load would give, beside a process that has it; writes nothing.
  static absl::StatusOr<Identity> Peek(const std::string& state_dir);

  // NotFound: there is none. DataLoss: what is there is damaged; the text says how to go on.
  absl::StatusOr<Identity> Load();

  // Durable on return; the joining key is gone. On an error the one before is still there.
  absl::Status Save(const Identity& identity);

  // The joining key that is kept, or else a new one, durable on return.
  absl::StatusOr<HostKey> JoiningKey();

  // The file, for people.
  static std::string PathIn(const std::string& state_dir);

 private:
  // Makes the directory and keeps others out, where that was not possible before.
  absl::Status Prepare();

  IdentityStore(std::string directory, spool::Disk& disk);

  const std::string directory_;
  const std::string path_;
  const std::string joining_path_;
  std::unique_ptr<spool::Disk> own_disk_;
  spool::Disk& disk_;
  std::unique_ptr<spool::DirectoryLock> lock_;
};

}  // namespace faultline::link
