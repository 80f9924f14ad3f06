// The engine's part about the collector itself.
#include <utility>

#include "collector/model/own_host.h"
#include "collector/pipeline/engine.h"

namespace faultline::pipeline {
namespace {

bool SaysTheSame(const model::CheckPicture& one, const model::CheckPicture& other) {
  return one.state == other.state && one.reason == other.reason && one.detail == other.detail;
}

}  // namespace

void Engine::NoteOwn(model::CheckPicture said, incidents::Moment moment) {
  GuardClock(moment);
  const HostId id = model::CollectorsOwn();
  const auto shown = hosts_.find(id);
  const model::CheckPicture* before = nullptr;
  if (shown != hosts_.end()) {
    const auto check = shown->second->checks.find(said.id);
    if (check != shown->second->checks.end()) before = &check->second;
  }
  const bool is_well = said.state == State::kOk;
  // One that was left by an earlier run ends as any other.
  if (is_well && before == nullptr && desk_.Find(id, said.id) == nullptr) return;
  if (before != nullptr && SaysTheSame(*before, said)) return;
  if (before != nullptr && before->state == said.state && before->reason == said.reason) {
    said.since = before->since;
  }

  auto host = shown == hosts_.end() ? std::make_shared<model::HostPicture>()
                                    : std::make_shared<model::HostPicture>(*shown->second);
  host->identity.id = id;
  host->link = model::LinkState::kConnected;
  host->last_heard = moment.now;
  if (host->link_since.ns == 0) host->link_since = moment.now;
  // Keys of messages are made of these: no two troubles share one.
  host->spool_id = id.host;
  host->start_number = static_cast<uint64_t>(moment.now.ns);
  said.subject = rules::SubjectFor(said, id.host);
  const CheckId check = said.id;
  host->checks[check] = std::move(said);
  hosts_[id] = host;
  output_.changes.hosts.push_back(id);
  changed_ = true;
  desk_.Look(*host, host->checks.at(check), hosts_, moment, &effects_);
  if (!is_well) {
    output_.changes.checks.emplace_back(id, check);
    return;
  }
  host->checks.erase(check);
  output_.changes.removed_checks.emplace_back(id, check);
  if (host->checks.empty()) hosts_.erase(id);
}

}  // namespace faultline::pipeline
