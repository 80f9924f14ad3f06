// The engine's part about what agents say and what cannot be used: it is shown with the host.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "collector/pipeline/engine.h"

namespace faultline::pipeline {
namespace {

std::string NameOfRefused(const HostRecord& host, const model::RefusedEntry& entry) {
  if (!entry.name.empty()) return entry.name;
  const auto check = host.numbers.find(entry.number);
  return check != host.numbers.end() ? check->second.ToString()
                                     : absl::StrCat("check number ", entry.number);
}

}  // namespace

void Engine::TakeRefused(HostRecord& host, const Refusals& refused, incidents::Moment moment) {
  if (refused.entries.empty()) return;
  std::vector<model::RefusedEntry>& shown = Edit(host).refused;
  bool is_news = false;
  for (const model::RefusedEntry& each : refused.entries) {
    model::RefusedEntry entry = each;
    entry.name = NameOfRefused(host, each);
    entry.at = moment.now;
    const auto known = std::find_if(shown.begin(), shown.end(),
                                    [&](const auto& one) { return one.name == entry.name; });
    if (known != shown.end()) {
      entry.times = known->times + 1;
      shown.erase(known);
    } else {
      is_news = true;
    }
    shown.push_back(std::move(entry));
    if (shown.size() > model::kMaxRefused) shown.erase(shown.begin());
  }
  // Measurements come every few seconds: that one is refused again is no event.
  if (is_news) output_.changes.hosts.push_back(host.id);
  changed_ = true;
}

void Engine::NumberIsGone(HostRecord& host, uint32_t number) {
  const auto is_its = [&](const model::RefusedEntry& entry) { return entry.number == number; };
  const auto& shown = hosts_.at(host.id)->refused;
  if (std::none_of(shown.begin(), shown.end(), is_its)) return;
  std::erase_if(Edit(host).refused, is_its);
  output_.changes.hosts.push_back(host.id);
  changed_ = true;
}

}  // namespace faultline::pipeline
