// Shell completion, generated from the command table. Pure.
#pragma once

#include <string>
#include <string_view>

namespace faultline::cli {

// The script for "bash", "zsh" or "fish", for all three programs; empty for any other shell. It
// needs nothing but the shell itself (zsh: its compinit).
std::string CompletionScript(std::string_view shell);

}  // namespace faultline::cli
