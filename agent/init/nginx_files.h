// nginx's configuration over all its files: `include` followed as nginx does it. PURE but for what
// the caller's functions read.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/init/nginx_syntax.h"

namespace faultline::init {

// Where the files come from: the disk, or what `nginx -T` printed.
struct NginxFiles {
  std::function<std::optional<std::string>(const std::string& path)> read;
  std::function<std::vector<std::string>(const std::string& pattern)> matching;  // sorted
};

struct NginxConfiguration {
  std::vector<NginxDirective> directives;  // of the main file, includes replaced by what they hold
  std::vector<std::string> problems;       // files that are not there or not as nginx wants them
};

// Relative includes count from the main file's directory. At most 512 files, 16 includes deep, 8
// MiB together: a loop ends there, as a problem.
NginxConfiguration ReadNginxConfiguration(const NginxFiles& files, const std::string& main_file);

// What `nginx -T` prints on standard output, by file ("# configuration file PATH:"). Empty when it
// is no such text.
struct NginxDump {
  std::string main_file;  // the first
  std::map<std::string, std::string> files;
};
NginxDump SplitNginxDump(std::string_view text);

// The files of a dump, which must outlive it.
NginxFiles FilesOf(const NginxDump& dump);

}  // namespace faultline::init
