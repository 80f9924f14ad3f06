// As whom this process runs, for errors that say who needs a right.
#pragma once

#include <string>

namespace faultline {

// Names of the effective user and group; their numbers where they have no names.
std::string OwnUser();
std::string OwnGroup();

}  // namespace faultline
