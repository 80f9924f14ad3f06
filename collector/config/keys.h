// Every key of collector.yaml, with its default, limits and meaning.
#pragma once

#include "common/yaml/keys.h"

namespace faultline::config {

// What the reader accepts and `faultline-collector explain` says. Never destroyed.
const yaml::Keys& CollectorKeys();

inline constexpr size_t kMaxChannels = 32;
inline constexpr uint32_t kMaxAtOnce = 32;
inline constexpr int64_t kLeastStoreBytes = int64_t{64} << 20;
inline constexpr size_t kMaxTokenFiles = 64;

}  // namespace faultline::config
