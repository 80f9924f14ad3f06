// Writes real journal files without journald, by systemd-journal-remote from the export format
// (systemd's JOURNAL_EXPORT_FORMATS).
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <string>
#include <vector>

namespace faultline::host {

struct WrittenEntry {
  std::string message;
  std::string unit = "mariadb.service";
  std::string priority = "6";
  std::string comm = "mariadbd";
  std::string exe = "/usr/sbin/mariadbd";
  int64_t usec = 0;    // 0 = now
  std::string fields;  // more of them, "NAME=value\n" each
};

class JournalWriter {
 public:
  // `directory` must exist.
  explicit JournalWriter(std::string directory) : directory_(std::move(directory)) {}

  static bool IsPossible() { return access(kProgram, X_OK) == 0; }

  std::string File(const std::string& name = "system.journal") const {
    return directory_ + "/" + name;
  }

  // Appends to the file, or makes it. Times never go back within a file.
  void Append(const std::vector<WrittenEntry>& entries,
              const std::string& name = "system.journal") {
    const std::string input = directory_ + "/input.export";
    {
      std::ofstream out(input, std::ios::binary | std::ios::trunc);
      for (const WrittenEntry& entry : entries) Export(entry, out);
    }
    const std::string command = std::string(kProgram) + " -o '" + File(name) + "' '" + input +
                                "' >/dev/null 2>'" + directory_ + "/errors.txt'";
    ASSERT_EQ(std::system(command.c_str()), 0) << "see errors.txt";
    unlink(input.c_str());
  }

 private:
  static constexpr char kProgram[] = "/usr/lib/systemd/systemd-journal-remote";

  void Export(const WrittenEntry& entry, std::ofstream& out) {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t usec = entry.usec;
    if (usec == 0) usec = int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
    if (entry.usec == 0 && usec <= last_usec_) usec = last_usec_ + 1;
    last_usec_ = usec;
    out << "__REALTIME_TIMESTAMP=" << usec << "\n__MONOTONIC_TIMESTAMP=" << ++monotonic_
        << "\n_BOOT_ID=0123456789abcdef0123456789abcdef\n";
    const auto field = [&](const char* field_name, const std::string& value) {
      if (!value.empty()) out << field_name << "=" << value << "\n";
    };
    field("_SYSTEMD_UNIT", entry.unit);
    field("PRIORITY", entry.priority);
    field("_COMM", entry.comm);
    field("_EXE", entry.exe);
    out << entry.fields;
    // The form for values that may hold a line end: length first.
    uint64_t length = entry.message.size();
    out << "MESSAGE\n";
    for (int i = 0; i < 8; ++i, length >>= 8) out.put(static_cast<char>(length & 0xff));
    out << entry.message << "\n\n";
  }

  const std::string directory_;
  int64_t last_usec_ = 0;
  int64_t monotonic_ = 0;
};

}  // namespace faultline::host
