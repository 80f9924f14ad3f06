// What another host feels of an outage. Pure.
#pragma once

#include <string>

#include "collector/model/picture.h"

namespace faultline::incidents {

// "app-1 cannot connect to 10.0.2.10:3306 (refused)", "web cannot log in to the database
// (10.94.0.20:3306 refuses)". `host`: who looks.
std::string ImpactInWords(const std::string& host, const model::CheckPicture& check);

}  // namespace faultline::incidents
