// Joining the two ends of a path: which host owns an address.
#pragma once

#include <string>
#include <vector>

#include "collector/model/picture.h"

namespace faultline::model {

// The host of `stack` that has `address` among its own; `from` itself for loopback addresses.
// nullptr when none has, or more than one does (an ambiguous join blames nobody).
const HostPicture* HostByAddress(const Hosts& hosts, const HostId& from,
                                 const std::string& address);

// Where `check` of `host` points: the host that should know better. nullptr when none is known.
const HostPicture* OtherEnd(const HostPicture& host, const CheckPicture& check, const Hosts& hosts);

// Every host of `stack` that says that `address` is its own; loopback addresses are nobody's here.
std::vector<const HostPicture*> Claimants(const Hosts& hosts, const StackId& stack,
                                          const std::string& address);

}  // namespace faultline::model
