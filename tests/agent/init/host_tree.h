// A host's files in a directory of the test's own.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/fakes/temp_directory.h"

namespace faultline::init {

class HostTree {
 public:
  const std::string& root() const { return directory_.path(); }
  std::string At(const std::string& path) const { return root() + path; }

  void Write(const std::string& path, const std::string& text = "") const {
    std::filesystem::create_directories(std::filesystem::path(At(path)).parent_path());
    std::ofstream(At(path), std::ios::binary) << text;
  }
  void MakeDirectory(const std::string& path) const {
    std::filesystem::create_directories(At(path));
  }
  // `target` as it stands in the link.
  void Link(const std::string& path, const std::string& target) const {
    std::filesystem::create_directories(std::filesystem::path(At(path)).parent_path());
    std::filesystem::create_symlink(target, At(path));
  }
  std::string Read(const std::string& path) const {
    std::ifstream in(At(path), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

 private:
  fakes::TempDirectory directory_;
};

}  // namespace faultline::init
