#include "agent/spool/marks.h"

#include <sys/random.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "agent/spool/frame.h"

namespace faultline::spool {
namespace {

constexpr size_t kSmallFile = 4096;
constexpr char kMetaHeader[] = "faultline-spool 1";
constexpr char kStreamNames[kStreams][16] = {"transitions", "log-events"};

// A last line that makes a half-written file known as such.
std::string WithChecksum(const std::string& text) {
  const uLong crc =
      crc32(crc32(0, nullptr, 0), reinterpret_cast<const Bytef*>(text.data()), text.size());
  return absl::StrCat(text, absl::StrFormat("crc %08x\n", static_cast<uint32_t>(crc)));
}

// The lines of such a file without the last; empty when anything is wrong.
std::vector<std::string> ReadChecked(Disk& disk, const std::string& path) {
  absl::StatusOr<std::string> text = disk.Read(path, kSmallFile);
  if (!text.ok()) return {};
  const size_t crc_at = text->rfind("crc ");
  if (crc_at == std::string::npos || WithChecksum(text->substr(0, crc_at)) != *text) return {};
  std::vector<std::string> lines = absl::StrSplit(text->substr(0, crc_at), '\n');
  lines.pop_back();
  return lines;
}

bool IsHex32(const std::string& text) {
  return text.size() == 32 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

bool ParseLine(const std::string& line, absl::string_view name, uint64_t* value) {
  absl::string_view rest = line;
  return absl::ConsumePrefix(&rest, absl::StrCat(name, " ")) && absl::SimpleAtoi(rest, value);
}

}  // namespace

std::optional<Meta> LoadMeta(Disk& disk, const std::string& path) {
  const std::vector<std::string> lines = ReadChecked(disk, path);
  if (lines.size() != 5 || lines[0] != kMetaHeader) return std::nullopt;
  Meta meta;
  uint64_t closed = 0;
  absl::string_view id = lines[1];
  absl::string_view boot = lines[3];
  if (!absl::ConsumePrefix(&id, "id ") || !ParseLine(lines[2], "start", &meta.start_number) ||
      !absl::ConsumePrefix(&boot, "boot ") || !ParseLine(lines[4], "closed", &closed)) {
    return std::nullopt;
  }
  meta.id = std::string(id);
  meta.boot_id = std::string(absl::StripAsciiWhitespace(boot));
  meta.closed = closed == 1;
  if (!IsHex32(meta.id)) return std::nullopt;
  return meta;
}

absl::Status SaveMeta(Disk& disk, const std::string& path, const Meta& meta) {
  // Of constant length and less than a sector, so that it can be overwritten.
  return ReplaceSmallFile(disk, path,
                          WithChecksum(absl::StrFormat(
                              "%s\nid %s\nstart %020d\nboot %-36.36s\nclosed %d\n", kMetaHeader,
                              meta.id, meta.start_number, meta.boot_id, meta.closed ? 1 : 0)));
}

std::optional<Positions> LoadAcknowledged(Disk& disk, const std::string& path) {
  const std::vector<std::string> lines = ReadChecked(disk, path);
  Positions positions{};
  if (lines.size() != kStreams) return std::nullopt;
  for (size_t i = 0; i < kStreams; ++i) {
    if (!ParseLine(lines[i], kStreamNames[i], &positions[i]) || positions[i] > kMaxSeq) {
      return std::nullopt;
    }
  }
  return positions;
}

absl::Status SaveAcknowledged(Disk& disk, const std::string& path, const Positions& positions) {
  std::string text;
  for (size_t i = 0; i < kStreams; ++i) {
    absl::StrAppendFormat(&text, "%s %020d\n", kStreamNames[i], positions[i]);
  }
  return ReplaceSmallFile(disk, path, WithChecksum(text));
}

UsedMark::UsedMark(Disk& disk, const std::string& path) : disk_(disk), path_(path) {
  MutexLock lock(mutex_);
  const absl::StatusOr<std::string> bytes = disk.Read(path, kSmallFile);
  if (bytes.ok() && bytes->size() == sizeof(Positions) + sizeof(uint32_t)) {
    uint32_t crc = 0;
    std::memcpy(used_.data(), bytes->data(), sizeof(Positions));
    std::memcpy(&crc, bytes->data() + sizeof(Positions), sizeof(crc));
    if (crc == crc32(0, reinterpret_cast<const Bytef*>(used_.data()), sizeof(Positions)) &&
        *std::max_element(used_.begin(), used_.end()) <= kMaxSeq) {
      found_ = used_;
      return;
    }
    used_ = {};
  }
  // Allocates the block now: later writes then work on a full disk too.
  Write();
  if (written_) file_->Sync().IgnoreError();
}

void UsedMark::Raise(size_t stream, uint64_t seq) {
  MutexLock lock(mutex_);
  if (seq <= used_[stream] && written_) return;
  used_[stream] = std::max(used_[stream], seq);
  Write();
}

void UsedMark::Sync() {
  MutexLock lock(mutex_);
  if (file_ != nullptr) file_->Sync().IgnoreError();
}

void UsedMark::Write() {
  char bytes[sizeof(Positions) + sizeof(uint32_t)];
  const auto crc = static_cast<uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(used_.data()), sizeof(Positions)));
  std::memcpy(bytes, used_.data(), sizeof(Positions));
  std::memcpy(bytes + sizeof(Positions), &crc, sizeof(crc));
  written_ = false;
  if (file_ == nullptr) {
    auto file = disk_.Open(path_, Disk::Mode::kKeep);
    if (!file.ok()) return;
    file_ = *std::move(file);
  }
  // One write within a sector: a kill leaves the old or the new. When it fails, the collector's
  // welcome tells the next run which numbers are used (StreamQueue::Acknowledge).
  written_ = file_->Overwrite({bytes, sizeof(bytes)}).ok();
}

std::string BootId(Disk& disk) {
  absl::StatusOr<std::string> text = disk.Read("/proc/sys/kernel/random/boot_id", kSmallFile);
  if (!text.ok()) return "";
  const std::string id(absl::StripAsciiWhitespace(*text));
  return id.size() <= 36 ? id : id.substr(0, 36);
}

std::string NewSpoolId() {
  std::string bytes(16, '\0');
  if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    std::random_device device;  // the same source by another way, for a filtered system call
    for (char& byte : bytes) byte = static_cast<char>(device());
  }
  return absl::BytesToHexString(bytes);
}

}  // namespace faultline::spool
