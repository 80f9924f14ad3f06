// The form of EC2's names. Pure.
#pragma once

#include <string_view>

namespace faultline {

// "i-" and 8 to 17 digits of lower-case hexadecimal ("i-0123456789abcdef0").
bool IsEc2InstanceId(std::string_view text);

// "us-east-1", "us-gov-west-1", "ap-southeast-2"; at most 32 bytes.
bool IsAwsRegion(std::string_view text);

}  // namespace faultline
