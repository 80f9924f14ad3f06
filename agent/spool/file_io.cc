#include "agent/spool/file_io.h"

#include <cerrno>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace faultline::spool {

absl::Status FileError(std::string_view action, const std::string& path, int error) {
  const std::string text = absl::StrCat("cannot ", absl::string_view(action.data(), action.size()),
                                        " ", path, ": ", std::generic_category().message(error));
  switch (error) {
    case ENOENT:
      return absl::NotFoundError(text);
    case EACCES:
    case EPERM:
      return absl::PermissionDeniedError(
          absl::StrCat(text, "; give the agent's user the right to write there"));
    case ENOSPC:
    case EDQUOT:
      return absl::ResourceExhaustedError(
          absl::StrCat(text, "; free some space on that file system"));
    case EFBIG:
      return absl::ResourceExhaustedError(
          absl::StrCat(text, "; raise the agent's limit of file sizes (LimitFSIZE=)"));
    case EROFS:
      return absl::FailedPreconditionError(
          absl::StrCat(text, "; mount that file system writable or set another state_dir"));
    case EIO:
      return absl::DataLossError(absl::StrCat(text, "; the disk fails, see `dmesg`"));
    default:
      return absl::UnavailableError(text);
  }
}

bool IsDiskTrouble(const absl::Status& status) {
  return absl::IsResourceExhausted(status) || absl::IsFailedPrecondition(status) ||
         absl::IsDataLoss(status);
}

std::string ParentOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

absl::Status MakeDirectories(Disk& disk, const std::string& directory) {
  // state_dir itself is made too: a first start needs no preparation.
  const std::string parent = ParentOf(directory);
  absl::Status made = disk.MakeDirectory(directory);
  if (absl::IsNotFound(made)) {
    made = disk.MakeDirectory(parent);
    if (made.ok()) made = disk.MakeDirectory(directory);
  }
  if (!made.ok()) return made;
  // Also when both were there: the run that made them may have been killed before this. Where the
  // agent may not look into what is above its own, the installation has made that durable.
  for (const std::string& above : {parent, ParentOf(parent)}) {
    absl::Status synced = disk.SyncDirectory(above);
    if (!synced.ok() && !absl::IsPermissionDenied(synced)) return synced;
  }
  return absl::OkStatus();
}

absl::Status ReplaceFile(Disk& disk, const std::string& path, std::string_view bytes) {
  const std::string temp = path + ".tmp";
  absl::Status status;
  {
    const auto file = disk.Open(temp, Disk::Mode::kCreate);
    if (!file.ok()) return file.status();
    status = (*file)->Append(bytes);
    if (status.ok()) status = (*file)->Sync();
  }
  if (status.ok()) status = disk.Rename(temp, path);
  if (!status.ok()) {
    disk.Remove(temp).IgnoreError();  // the next Open of the spool tries again
    return status;
  }
  return disk.SyncDirectory(ParentOf(path));
}

absl::Status ReplaceSmallFile(Disk& disk, const std::string& path, std::string_view bytes) {
  absl::Status status = ReplaceFile(disk, path, bytes);
  if (!absl::IsResourceExhausted(status)) return status;
  const absl::StatusOr<uint64_t> size = disk.SizeOf(path);
  if (!size.ok() || *size != bytes.size()) return status;
  const auto file = disk.Open(path, Disk::Mode::kContinue);
  if (!file.ok() || !(*file)->Overwrite(bytes).ok()) return status;
  return (*file)->Sync();
}

}  // namespace faultline::spool
