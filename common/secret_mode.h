// Whether a file that holds a secret is closed to other users.
#pragma once

#include <string>

namespace faultline {

// "/etc/faultline/tls.key has mode 0644, so others on this host may read a secret; if it is the
// right file, type: chmod 640 /etc/faultline/tls.key (and think of what was read already)". Empty
// when only its owner may write it and its group read it, and when it cannot be looked at.
// `forbidden`: the bits that nobody may have; 077 for what its group must not read either.
std::string OpenToOthers(const std::string& path, unsigned forbidden = 027);

}  // namespace faultline
