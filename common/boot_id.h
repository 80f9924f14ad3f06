// Which boot of which machine this is.
#pragma once

#include <string>

namespace faultline {

// The kernel's, as agents send it; containers of one machine share it. Empty when the kernel does
// not say.
std::string OwnBootId();

}  // namespace faultline
