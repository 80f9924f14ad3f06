// The book's part that knows which checks are in trouble: whose word an incident's evidence may be.
#include <set>
#include <string>

#include "collector/incidents/book.h"
#include "collector/rules/rule.h"

namespace faultline::incidents {
namespace {

constexpr size_t kMostSubjects = 8;
constexpr size_t kMostWitnesses = 10;

}  // namespace

void IncidentBook::Saw(const HostId& host, const CheckId& id, const model::CheckPicture* check) {
  const bool is_bad =
      check != nullptr && (check->state == State::kCritical || check->state == State::kWarning);
  if (is_bad) NewsFor(host, *check);
  const auto known = trouble_.find({host, id});
  if (known != trouble_.end()) {
    if (is_bad && known->second == check->subject) return;
    const auto subject = in_trouble_.find({host.stack, known->second});
    auto& checks = subject->second[host];
    checks.erase(id);
    if (checks.empty()) subject->second.erase(host);
    if (subject->second.empty()) in_trouble_.erase(subject);
    trouble_.erase(known);
  }
  if (!is_bad) return;
  in_trouble_[{host.stack, check->subject}][host].insert(id);
  trouble_[{host, id}] = check->subject;
}

// The evidence of which open incidents it may be.
void IncidentBook::NewsFor(const HostId& host, const model::CheckPicture& check) {
  const auto is_stale = [&](uint64_t id) {
    open_.at(id).stale = true;
    touched_.insert(id);
  };
  const auto of_subject = by_subject_.find({host.stack, check.subject});
  if (of_subject != by_subject_.end()) is_stale(of_subject->second);
  // A log of which nobody said whose it is.
  if (check.id.kind != "log" || !rules::IsOwnSubject(check.subject)) return;
  const auto of_host = by_host_.find(host);
  if (of_host == by_host_.end()) return;
  for (const uint64_t id : of_host->second) is_stale(id);
}

void IncidentBook::AddWitnesses(Incident& incident) const {
  incident.witnesses.clear();
  std::set<std::string> subjects = {incident.subject};
  for (const rules::Alert& alert : incident.alerts) {
    if (subjects.size() < kMostSubjects) subjects.insert(alert.subject);
  }
  for (const std::string& subject : subjects) {
    const auto found = in_trouble_.find({incident.stack, subject});
    if (found == in_trouble_.end()) continue;
    for (const auto& [host, checks] : found->second) {
      if (incident.witnesses.size() == kMostWitnesses) return;
      incident.witnesses.push_back(host);
    }
  }
}

}  // namespace faultline::incidents
