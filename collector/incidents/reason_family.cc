#include "collector/incidents/reason_family.h"

#include <map>

namespace faultline::incidents {

ReasonFamily FamilyOf(std::string_view reason) {
  static const auto* const kFamilies = new std::map<std::string_view, ReasonFamily>{
      {"TIMEOUT", ReasonFamily::kSilent},
      {"NO_GREETING", ReasonFamily::kSilent},
      {"HOST_UNREACHABLE", ReasonFamily::kSilent},
      {"PING_TIMEOUT", ReasonFamily::kSilent},
      {"SLOW", ReasonFamily::kSilent},
      {"SLOW_QUERY", ReasonFamily::kSilent},
      {"UNIT_STOPPING", ReasonFamily::kStopped},
      {"UNIT_INACTIVE", ReasonFamily::kStopped},
      {"HOST_STOPPING", ReasonFamily::kStopped},
      {"PACKAGE_UPGRADE", ReasonFamily::kStopped},
      {"DNS_FAILED", ReasonFamily::kNoWay},
      {"NET_UNREACHABLE", ReasonFamily::kNoWay},
      {"ADMIN_PROHIBITED", ReasonFamily::kNoWay},
      {"TLS_FAILED", ReasonFamily::kEncrypted},
      {"BODY_MISMATCH", ReasonFamily::kContent},
      {"BAD_ANSWER", ReasonFamily::kContent},
      {"NO_HTTPS_REDIRECT", ReasonFamily::kContent},
  };
  const auto found = kFamilies->find(reason);
  return found == kFamilies->end() ? ReasonFamily::kFails : found->second;
}

}  // namespace faultline::incidents
