#include "agent/spool/marks.h"

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>
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
std::vector<std::string> ReadChecked(const std::string& path) {
  absl::StatusOr<std::string> text = ReadFile(path, kSmallFile);
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

std::optional<Meta> LoadMeta(const std::string& path) {
  const std::vector<std::string> lines = ReadChecked(path);
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

absl::Status SaveMeta(const std::string& path, const Meta& meta) {
  // Of constant length, so that the overwriting below needs no new block.
  const std::string text = WithChecksum(
      absl::StrFormat("%s\nid %s\nstart %020d\nboot %-36.36s\nclosed %d\n", kMetaHeader, meta.id,
                      meta.start_number, meta.boot_id, meta.closed ? 1 : 0));
  absl::Status status = ReplaceFile(path, text);
  if (!absl::IsResourceExhausted(status)) return status;
  FileDescriptor fd(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd.valid()) return status;
  if (pwrite(fd.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
    return status;
  }
  return SyncFile(fd.get(), path);
}

std::optional<Positions> LoadAcknowledged(const std::string& path) {
  const std::vector<std::string> lines = ReadChecked(path);
  Positions positions{};
  if (lines.size() != kStreams) return std::nullopt;
  for (size_t i = 0; i < kStreams; ++i) {
    if (!ParseLine(lines[i], kStreamNames[i], &positions[i])) return std::nullopt;
  }
  return positions;
}

absl::Status SaveAcknowledged(const std::string& path, const Positions& positions) {
  std::string text;
  for (size_t i = 0; i < kStreams; ++i) {
    absl::StrAppend(&text, kStreamNames[i], " ", positions[i], "\n");
  }
  return ReplaceFile(path, WithChecksum(text));
}

UsedMark::UsedMark(const std::string& path) {
  MutexLock lock(mutex_);
  fd_ = FileDescriptor(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd_.valid()) return;
  char bytes[sizeof(Positions) + sizeof(uint32_t)];
  if (pread(fd_.get(), bytes, sizeof(bytes), 0) == static_cast<ssize_t>(sizeof(bytes))) {
    uint32_t crc = 0;
    std::memcpy(used_.data(), bytes, sizeof(Positions));
    std::memcpy(&crc, bytes + sizeof(Positions), sizeof(crc));
    if (crc == crc32(0, reinterpret_cast<const Bytef*>(used_.data()), sizeof(Positions))) {
      found_ = used_;
    } else {
      used_ = {};
    }
  }
  // Allocates the block now: later writes then work on a full disk too.
  if (!found_) {
    Write();
    fdatasync(fd_.get());
  }
}

void UsedMark::Raise(size_t stream, uint64_t seq) {
  MutexLock lock(mutex_);
  if (seq <= used_[stream]) return;
  used_[stream] = seq;
  if (fd_.valid()) Write();
}

void UsedMark::Sync() {
  MutexLock lock(mutex_);
  if (fd_.valid()) fdatasync(fd_.get());
}

void UsedMark::Write() {
  char bytes[sizeof(Positions) + sizeof(uint32_t)];
  const auto crc = static_cast<uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(used_.data()), sizeof(Positions)));
  std::memcpy(bytes, used_.data(), sizeof(Positions));
  std::memcpy(bytes + sizeof(Positions), &crc, sizeof(crc));
  // One write within a page: a kill leaves the old or the new. When it fails, the next Open skips
  // ahead by its margin as after a power loss, since the checksum or the boot id is off.
  [[maybe_unused]] const ssize_t written = pwrite(fd_.get(), bytes, sizeof(bytes), 0);
}

std::string BootId() {
  absl::StatusOr<std::string> text = ReadFile("/proc/sys/kernel/random/boot_id", kSmallFile);
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
