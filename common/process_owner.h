// As whom this process runs, for errors that say who needs a right.
#pragma once

#include <string>

namespace faultline {

// Names of the effective user and group; their numbers where they have no names.
std::string OwnUser();
std::string OwnGroup();

// What lets this process read `path`: a command for the service's user, "sudo" for a person, whose
// own group would lock the service out.
std::string HowToMayRead(const std::string& path);
// The same for writing into a folder.
std::string HowToMayWrite(const std::string& path);

// Of an account that adduser makes for people (Debian policy, 9.2.2: 1000 to 59999). PURE.
bool IsPerson(unsigned user);

}  // namespace faultline
