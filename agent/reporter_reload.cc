// The reporter's part that changes what is watched while it watches, and says how it stands.
#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/reporter_entry.h"
#include "agent/wire.h"

namespace faultline::agent {
namespace {

namespace v1 = faultline::v1;

constexpr int kDeclarationsPerMessage = 200;

}  // namespace

Reporter::Reloaded Reporter::Reload(const std::vector<config::CheckConfig>& checks,
                                    const std::vector<config::AbsentCheck>& absent) {
  Reloaded result;
  std::map<CheckId, uint32_t> running;
  for (const auto& [number, entry] : entries_) {
    if (!entry->is_own()) running[entry->config().id] = number;
  }
  std::set<uint32_t> unwanted;
  for (const auto& [id, number] : running) unwanted.insert(number);

  std::vector<std::shared_ptr<Entry>> to_replace;
  std::vector<const config::CheckConfig*> replacements;
  std::vector<const config::CheckConfig*> to_add;
  for (const config::CheckConfig& check : checks) {
    const auto found = running.find(check.id);
    if (found == running.end()) {
      to_add.push_back(&check);
      ++result.added;
      continue;
    }
    const std::shared_ptr<Entry>& entry = entries_.at(found->second);
    if (config::SameCheck(entry->config(), check)) {
      ++result.kept;
    } else if (entry->config().subject != check.subject) {
      to_add.push_back(&check);
      ++result.changed;
      continue;  // the old one stays unwanted
    } else {
      to_replace.push_back(entry);
      replacements.push_back(&check);
      ++result.changed;
    }
    unwanted.erase(found->second);
  }
  result.removed = running.size() + result.added - checks.size();

  v1::CheckDeclarations withdrawn;
  for (const uint32_t number : unwanted) {
    Forget(number);
    entries_.at(number)->Stop();
    MutexLock lock(mutex_);
    entries_.erase(number);
    withdrawn.add_withdrawn(number);
  }
  v1::CheckDeclarations declared;
  std::vector<std::shared_ptr<Entry>> to_start = to_replace;
  for (size_t i = 0; i < to_replace.size(); ++i) {
    Forget(to_replace[i]->number());
    to_replace[i]->Replace(*replacements[i]);
  }
  for (const config::CheckConfig* check : to_add) to_start.push_back(Add(*check));
  if (v1::AbsentChecks now = ToWire(absent);
      now.SerializeAsString() != absent_.SerializeAsString()) {
    *withdrawn.mutable_absent() = now;
    MutexLock lock(mutex_);
    absent_ = std::move(now);
  }
  // What is declared is known before anything is said of it. What is withdrawn goes last: a check
  // that has another number now must not look as if nobody watched it for a moment.
  {
    MutexLock lock(mutex_);
    for (const auto& entry : to_start) *declared.add_checks() = entry->declaration();
  }
  SendDeclarations(std::move(declared));
  const bool news = withdrawn.withdrawn_size() > 0 || withdrawn.has_absent();
  if (news && link_ != nullptr) link_->SendDeclarations(withdrawn);
  for (const auto& entry : to_start) entry->check()->Start();
  if (parts_.on_change) parts_.on_change();
  return result;
}

// A look that waits for this check will not hear of it.
void Reporter::Forget(uint32_t number) {
  const std::vector<std::shared_ptr<LookInProgress>> looks = looks_;
  for (const auto& look : looks) {
    if (std::erase(look->waiting, number) == 0) continue;
    look->result.add_unanswered(number);
    if (look->waiting.empty()) FinishLook(look);
  }
}

void Reporter::SendDeclarations(v1::CheckDeclarations all) {
  if (link_ == nullptr) return;
  v1::CheckDeclarations part;
  for (v1::CheckDeclaration& check : *all.mutable_checks()) {
    *part.add_checks() = std::move(check);
    if (part.checks_size() < kDeclarationsPerMessage) continue;
    link_->SendDeclarations(std::exchange(part, {}));
  }
  if (part.checks_size() > 0) link_->SendDeclarations(std::move(part));
}

Reporter::Summary Reporter::Summarize() {
  Summary summary;
  summary.connected = connected_;
  summary.join_trouble = join_trouble_;
  int worst = Badness(State::kUnknown);
  MutexLock lock(mutex_);
  for (const auto& [number, entry] : entries_) {
    const State state = entry->seen() ? entry->last().state : State::kUnspecified;
    ++summary.counts[state];
    if (!entry->seen() || Badness(state) <= worst) continue;
    worst = Badness(state);
    summary.worst = absl::StrCat(entry->config().id.ToString(), " ", entry->last().reason);
  }
  return summary;
}

bool Reporter::HasUnitThatIsUp() {
  MutexLock lock(mutex_);
  return std::any_of(entries_.begin(), entries_.end(), [](const auto& entry) {
    return entry.second->config().id.kind == "unit" && entry.second->seen() &&
           entry.second->last().state == State::kOk;
  });
}

}  // namespace faultline::agent
