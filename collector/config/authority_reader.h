// The section `authority` of collector.yaml.
#pragma once

#include "collector/config/config.h"
#include "common/yaml/reader.h"

namespace faultline::config {

// What is wrong goes to `errors`; what is absent stays as it is in `authority`.
void ReadAuthority(AuthorityConfig& authority, const yaml::Fields& section, yaml::Errors& errors);

}  // namespace faultline::config
