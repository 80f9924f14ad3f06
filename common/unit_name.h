// Names of systemd's units. Pure.
#pragma once

#include <string_view>

namespace faultline {

// What systemd.unit(5) lets a unit be called: 1 to 255 letters, digits and ":-_.\@", the first no
// dot. Which suffixes make sense is for whoever asks.
bool IsUnitName(std::string_view text);

}  // namespace faultline
