#include "agent/host/journal_open.h"

#include <systemd/sd-id128.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace faultline::host {
namespace {

constexpr char kNoJournalRight[] =
    "may not read the system's journal; add the agent's user to the group systemd-journal";

}  // namespace

absl::StatusOr<JournalHandle> OpenJournal(const std::string& directory) {
  sd_journal* raw = nullptr;
  const int r = directory.empty() ? sd_journal_open(&raw, SD_JOURNAL_LOCAL_ONLY)
                                  : sd_journal_open_directory(&raw, directory.c_str(), 0);
  if (r < 0) return JournalFailure(r, "cannot open the journal");
  return JournalHandle(raw);
}

absl::Status JournalFailure(int error, const std::string& what) {
  if (error == -EACCES || error == -EPERM) return absl::PermissionDeniedError(kNoJournalRight);
  return absl::ErrnoToStatus(-error,
                             absl::StrCat(what, "; journalctl --verify shows a damaged journal"));
}

absl::Status CheckJournalReadable(sd_journal* journal, const std::string& directory) {
  bool readable = false;
  bool denied = false;
  sd_id128_t machine{};
  if (directory.empty() && sd_id128_get_machine(&machine) == 0) {
    char id[SD_ID128_STRING_MAX];
    sd_id128_to_string(machine, id);
    for (const char* root : {"/var/log/journal/", "/run/log/journal/"}) {
      if (access(absl::StrCat(root, id, "/system.journal").c_str(), R_OK) == 0) {
        readable = true;
      } else {
        denied = denied || errno == EACCES || errno == EPERM;
      }
    }
  }
  if (denied && !readable) return absl::PermissionDeniedError(kNoJournalRight);
  uint64_t bytes = 0;  // has_runtime_files and has_persistent_files know only the system's places
  if (sd_journal_get_usage(journal, &bytes) >= 0 && bytes > 0) return absl::OkStatus();
  return absl::NotFoundError(
      "this host has no journal; is systemd-journald running? A log file can be watched by its "
      "path instead");
}

// The same field again means "or".
int MatchUnits(sd_journal* journal, const std::vector<std::string>& units) {
  const auto match = [journal](const std::string& field) {
    return sd_journal_add_match(journal, field.data(), field.size());
  };
  int r = 0;
  for (const std::string& unit : units) {
    if (r >= 0) r = match(absl::StrCat("_SYSTEMD_UNIT=", unit));
  }
  if (r >= 0) r = sd_journal_add_disjunction(journal);
  if (r >= 0) r = match("_PID=1");
  for (const std::string& unit : units) {
    if (r >= 0) r = match(absl::StrCat("UNIT=", unit));
  }
  return r;
}

std::string_view JournalField(sd_journal* journal, const char* name) {
  const void* data = nullptr;
  size_t length = 0;
  if (sd_journal_get_data(journal, name, &data, &length) < 0) return {};
  const size_t prefix = std::strlen(name) + 1;
  if (length < prefix) return {};
  return {static_cast<const char*>(data) + prefix, length - prefix};
}

}  // namespace faultline::host
