// A small text on disk that says where a reader was: written beside and renamed, so that it is
// whole or old. Not fsynced: after a power loss some lines are read twice.
#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "common/clock.h"

namespace faultline::host {

inline constexpr size_t kMaxPositionBytes = 2048;
// While there is something to save.
inline constexpr Span kSavePositionEvery = Span::Seconds(5);

// nullopt when there is none, or it is no such text (too long).
std::optional<std::string> LoadPosition(const std::string& path);
// Nothing is written to the path "".
absl::Status SavePosition(const std::string& path, const std::string& text);

// "STATE_DIR/KIND-0123456789abcdef.position": one for each check id. Without a directory, as in
// `--once`, there is no file: "".
std::string PositionPath(const std::string& state_dir, const std::string& kind,
                         const std::string& check_id);

}  // namespace faultline::host
