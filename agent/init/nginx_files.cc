#include "agent/init/nginx_files.h"

#include <fnmatch.h>

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace faultline::init {
namespace {

constexpr size_t kMaxFiles = 512;
constexpr int kMaxNginxDepth = 16;
constexpr size_t kMaxBytes = 8 << 20;
constexpr size_t kMaxProblems = 16;
constexpr absl::string_view kHeader = "# configuration file ";

class Includer {
 public:
  Includer(const NginxFiles& files, std::string directory)
      : files_(files), directory_(std::move(directory)) {}

  std::vector<NginxDirective> ReadFile(const std::string& path, int depth) {
    if (count_ == kMaxFiles || depth > kMaxNginxDepth) {
      Note(absl::StrCat(path, ": too many includes, or a loop of them; not followed further"));
      return {};
    }
    ++count_;
    const std::optional<std::string> text = files_.read(path);
    if (!text.has_value()) {
      Note(absl::StrCat(path, ": cannot be read"));
      return {};
    }
    bytes_ += text->size();
    if (bytes_ > kMaxBytes) {
      Note(absl::StrCat(path, ": the configuration is larger than 8 MiB; the rest is left out"));
      return {};
    }
    NginxText parsed = ParseNginx(*text, path);
    if (!parsed.error.empty()) Note(parsed.error);
    return Resolved(std::move(parsed.directives), depth);
  }

  std::vector<std::string> TakeProblems() { return std::move(problems_); }

 private:
  void Note(std::string problem) {
    if (problems_.size() < kMaxProblems) problems_.push_back(std::move(problem));
  }

  std::vector<NginxDirective> Resolved(std::vector<NginxDirective> directives, int depth) {
    std::vector<NginxDirective> out;
    for (NginxDirective& each : directives) {
      if (each.name == "include" && each.arguments.size() == 1 && each.block.empty()) {
        for (NginxDirective& included : Included(each.arguments[0], depth)) {
          out.push_back(std::move(included));
        }
        continue;
      }
      each.block = Resolved(std::move(each.block), depth);
      out.push_back(std::move(each));
    }
    return out;
  }

  std::vector<NginxDirective> Included(std::string pattern, int depth) {
    if (!absl::StartsWith(pattern, "/")) pattern = absl::StrCat(directory_, "/", pattern);
    // A name without wildcards has to be there; a pattern may match nothing.
    if (pattern.find_first_of("*?[") == std::string::npos) return ReadFile(pattern, depth + 1);
    std::vector<NginxDirective> out;
    for (const std::string& path : files_.matching(pattern)) {
      for (NginxDirective& each : ReadFile(path, depth + 1)) out.push_back(std::move(each));
    }
    return out;
  }

  const NginxFiles& files_;
  const std::string directory_;
  size_t count_ = 0;
  size_t bytes_ = 0;
  std::vector<std::string> problems_;
};

}  // namespace

NginxConfiguration ReadNginxConfiguration(const NginxFiles& files, const std::string& main_file) {
  Includer includer(files, main_file.substr(0, main_file.rfind('/')));
  NginxConfiguration out;
  out.directives = includer.ReadFile(main_file, 0);
  out.problems = includer.TakeProblems();
  return out;
}

NginxDump SplitNginxDump(std::string_view dumped) {
  absl::string_view text(dumped.data(), dumped.size());
  NginxDump dump;
  std::string* file = nullptr;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const absl::string_view line = text.substr(0, end);
    text.remove_prefix(end == absl::string_view::npos ? text.size() : end + 1);
    const bool header = absl::StartsWith(line, kHeader) && absl::EndsWith(line, ":") &&
                        line.size() > kHeader.size() + 1 && line[kHeader.size()] == '/';
    if (header) {
      const std::string path(line.substr(kHeader.size(), line.size() - kHeader.size() - 1));
      if (dump.main_file.empty()) dump.main_file = path;
      file = &dump.files[path];
      file->clear();
    } else if (file != nullptr) {
      absl::StrAppend(file, line, "\n");
    }
  }
  return dump;
}

NginxFiles FilesOf(const NginxDump& dump) {
  NginxFiles files;
  files.read = [&dump](const std::string& path) -> std::optional<std::string> {
    const auto found = dump.files.find(path);
    if (found == dump.files.end()) return std::nullopt;
    return found->second;
  };
  files.matching = [&dump](const std::string& pattern) {
    std::vector<std::string> paths;
    for (const auto& [path, text] : dump.files) {
      // glob(3)'s rules: a wildcard matches neither a slash nor a leading dot.
      if (fnmatch(pattern.c_str(), path.c_str(), FNM_PATHNAME | FNM_PERIOD) == 0) {
        paths.push_back(path);
      }
    }
    return paths;
  };
  return files;
}

}  // namespace faultline::init
