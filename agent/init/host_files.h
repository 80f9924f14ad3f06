// The host's files as init reads them: bounded, below a directory for tests, and what may not be
// read is remembered, so that the person hears of it.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace faultline::init {

// Paths that are given and returned are the host's: without the root. Blocks as the disk does.
class HostFiles {
 public:
  // `root` is put before every path; empty on a real host. A symlink in it that is absolute leads
  // to the real host's files.
  explicit HostFiles(std::string root = "") : root_(std::move(root)) {}

  // A regular file of at most 256 KiB; a larger one is as good as none, and is remembered.
  std::optional<std::string> Read(const std::string& path);
  // Names in a directory, sorted, at most 1024; empty when it is not there.
  std::vector<std::string> List(const std::string& directory);
  // glob(3): sorted, at most 1024.
  std::vector<std::string> Glob(const std::string& pattern);
  bool Exists(const std::string& path) const;
  bool IsFile(const std::string& path) const;  // a regular one
  // What a symlink says; empty when it is none.
  std::string LinkTarget(const std::string& path) const;
  std::string RealPath(const std::string& path) const { return root_ + path; }

  // Paths that are there and could not be looked at, with why: "/etc/x: Permission denied".
  const std::set<std::string>& unseen() const { return unseen_; }

 private:
  void Remember(const std::string& path, const std::string& why);

  const std::string root_;
  std::set<std::string> unseen_;
};

}  // namespace faultline::init
