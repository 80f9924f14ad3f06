// Where init's text goes: nothing that is there is ever overwritten.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace faultline::init {

enum class OutputWay {
  kWritten,    // there was nothing
  kReplaced,   // there was a file that configures nothing; it is kept beside
  kUnchanged,  // the file says exactly this already
  kBeside,     // there was a configuration: it stays, the text is in another file
  kBesideToo,  // the same, and that file says exactly this already
};

struct Output {
  OutputWay way = OutputWay::kWritten;
  std::string path;  // where the text is
  std::string kept;  // of kReplaced: where the old file is
  std::string made;  // the directory that was made for it; empty: it was there
};

// True for a file of comments and blank lines alone, and for `example` word for word.
bool ConfiguresNothing(const std::string& text, const std::string& example);

// Puts `text` into `path`, or beside it (path.new, path.new.2, ...). The file appears whole or not
// at all, whatever the umask is: mode 0640, root and the group faultline-agent, where root writes
// and that group is there, else 0644. A missing directory is made. Errors name path and fix.
// `example` is the text of the package's example; empty: there is none.
absl::StatusOr<Output> WriteOutput(const std::string& text, const std::string& path,
                                   const std::string& example);

}  // namespace faultline::init
