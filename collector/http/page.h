// The page's files: compiled in, or read from a directory by tests and by whoever works on them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace faultline::http {

struct PageFile {
  std::string_view name;  // "page.js"
  std::string_view content;
};

// Made by the build from collector/http/page/.
const std::vector<PageFile>& EmbeddedPage();

class Page {
 public:
  // `directory` empty: the embedded files; else they are read from there at each request.
  explicit Page(std::string directory) : directory_(std::move(directory)) {}

  // Content of one of the embedded names; nullopt for every other name.
  std::optional<std::string> Read(std::string_view name) const;

 private:
  const std::string directory_;
};

// By the name's ending: "text/html; charset=utf-8", ...
std::string ContentType(std::string_view name);

}  // namespace faultline::http
