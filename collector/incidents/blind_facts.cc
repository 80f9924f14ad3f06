#include "collector/incidents/blind_facts.h"

#include "absl/strings/str_cat.h"
#include "collector/rules/blind.h"
#include "common/text.h"

namespace faultline::incidents {
namespace {

// Beside the leading one; the message shows four of a host.
constexpr size_t kMaxBlind = 3;
constexpr size_t kMaxBlindText = 300;

}  // namespace

std::vector<GatheredFact> BlindFacts(const rules::Alert& lead, const model::Hosts& hosts) {
  const auto why = [](const std::string& detail, const std::string& reason) {
    return CleanText(detail.empty() ? reason : detail, kMaxBlindText);
  };
  std::vector<GatheredFact> facts = {
      {{lead.host.host, lead.since, why(lead.detail, lead.reason)}, false}};
  const auto host = hosts.find(lead.host);
  if (host == hosts.end()) return facts;
  size_t more = 0;
  for (const auto& [id, check] : host->second->checks) {
    if (!rules::CannotLook(check) || id == lead.check) continue;
    if (facts.size() > kMaxBlind) {
      ++more;
      continue;
    }
    const std::string text = absl::StrCat(id.ToString(), ": ", why(check.detail, check.reason));
    facts.push_back({{lead.host.host, check.since, CleanText(text, kMaxBlindText)}, false});
  }
  if (more > 0) {
    facts.push_back({{lead.host.host, lead.since, absl::StrCat("and ", more, " more")}, false});
  }
  return facts;
}

}  // namespace faultline::incidents
