#include "collector/notify/queue.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace faultline::notify {
namespace {

using store::Urgency;
using store::Waiting;

// How many that failed are remembered; one that is forgotten is tried sooner, that is all.
constexpr size_t kMostParked = 1024;
// One that does not come again when its time has come, was taken away.
constexpr Span kParkedLife = Span::Seconds(600);

bool IsCritical(const Waiting& waiting) { return waiting.urgency == Urgency::kUntoldCritical; }

// Of what was decided while another word of it was on its way. After its end nobody knows that it
// goes on; how grave it is the store will say.
Urgency UrgencyAfter(bool is_known, Urgency before) {
  if (is_known) return Urgency::kNews;
  return before == Urgency::kNews ? Urgency::kUntoldCritical : before;
}

// What the host's budget is for: telling it begins something for people.
bool IsOpening(const Waiting& waiting) {
  return waiting.urgency != Urgency::kNews && waiting.incident < kFirstOfOurOwn;
}

}  // namespace

incidents::NotificationEvent EventOf(bool told, incidents::IncidentState state) {
  if (state == incidents::IncidentState::kResolved) return incidents::NotificationEvent::kResolved;
  return told ? incidents::NotificationEvent::kUpdated : incidents::NotificationEvent::kOpened;
}

void Queue::Fill(std::vector<Waiting> window, MonoTime now) {
  std::erase_if(parked_, [now](const auto& each) { return each.second.again + kParkedLife < now; });
  std::map<uint64_t, Waiting> newest;
  for (Waiting& waiting : window) {
    const auto told = noted_late_.find(waiting.incident);
    if (told != noted_late_.end()) {
      if (told->second.version >= waiting.version) continue;
      waiting.urgency = UrgencyAfter(told->second.is_known, waiting.urgency);
    }
    const auto [known, is_new] = newest.try_emplace(waiting.incident, waiting);
    if (is_new) continue;
    const uint64_t order = std::min(known->second.order, waiting.order);
    const WallTime decided_at = std::min(known->second.decided_at, waiting.decided_at);
    if (waiting.version > known->second.version) known->second = std::move(waiting);
    known->second.order = order;
    known->second.decided_at = decided_at;
  }
  window_.clear();
  for (auto& [incident, waiting] : newest) window_.push_back(std::move(waiting));
  Sort(now);
}

// What comes later of a line lends its urgency to what must come first.
void Queue::Sort(MonoTime now) {
  sorted_ = now;
  std::sort(window_.begin(), window_.end(),
            [](const Waiting& a, const Waiting& b) { return a.order < b.order; });
  first_of_line_.clear();
  std::map<std::string, Urgency> urgency_of_line;
  for (const Waiting& waiting : window_) {
    first_of_line_.try_emplace(waiting.line, waiting.incident);
    const auto [line, is_new] = urgency_of_line.try_emplace(waiting.line, waiting.urgency);
    if (!is_new) line->second = std::min(line->second, waiting.urgency);
  }
  struct Turn {
    std::tuple<Urgency, size_t, uint64_t> key;
    size_t place;
  };
  std::vector<Turn> turns;
  std::map<std::string, size_t> of_host;
  for (size_t place = 0; place < window_.size(); ++place) {
    const Waiting& waiting = window_[place];
    const auto [host, is_new] = of_host.try_emplace(waiting.host, 0);
    if (is_new) host->second = budget_.Spent(waiting.host, now);
    const size_t turn = host->second++;
    turns.push_back({{urgency_of_line[waiting.line], turn, waiting.order}, place});
  }
  std::sort(turns.begin(), turns.end(), [](const Turn& a, const Turn& b) { return a.key < b.key; });
  std::vector<Waiting> sorted;
  sorted.reserve(window_.size());
  for (const Turn& turn : turns) sorted.push_back(std::move(window_[turn.place]));
  window_ = std::move(sorted);
}

bool Queue::IsParked(uint64_t incident, MonoTime now) const {
  const auto parked = parked_.find(incident);
  return parked != parked_.end() && parked->second.again > now;
}

bool Queue::IsWorthFilling(const Waiting& waiting, MonoTime now) const {
  const auto told = noted_late_.find(waiting.incident);
  if (told != noted_late_.end() && told->second.version >= waiting.version) return false;
  return !IsParked(waiting.incident, now);
}

// One that was tried before has been counted.
bool Queue::ExceedsBudget(const Waiting& waiting, MonoTime now) const {
  return IsOpening(waiting) && attempts(waiting.incident) == 0 &&
         budget_.IsSpent(waiting.host, IsCritical(waiting), now);
}

bool Queue::MayGo(const Waiting& waiting, MonoTime now) const {
  if (busy_lines_.count(waiting.line) > 0 || IsParked(waiting.incident, now)) return false;
  const auto first = first_of_line_.find(waiting.line);
  if (first != first_of_line_.end() && first->second != waiting.incident) return false;
  if (ExceedsBudget(waiting, now)) return false;
  const auto of_host = std::count_if(under_way_.begin(), under_way_.end(), [&](const auto& each) {
    return each.second.host == waiting.host;
  });
  return static_cast<size_t>(of_host) < std::max<size_t>(1, at_once_ / 2);
}

bool Queue::IsSpent(MonoTime now) const {
  return std::none_of(window_.begin(), window_.end(),
                      [&](const Waiting& waiting) { return MayGo(waiting, now); });
}

// Of a host with too much to tell: what is over is not told by itself, the rest waits.
void Queue::PassOver(MonoTime now) {
  const size_t before = passed_over_.size();
  std::erase_if(window_, [&](Waiting& waiting) {
    if (!ExceedsBudget(waiting, now)) return false;
    budget_.Overflows(waiting.host);
    if (waiting.urgency != Urgency::kOver || busy_lines_.count(waiting.line) > 0) return false;
    budget_.PassOver(waiting.host);
    noted_late_[waiting.incident] = {.version = waiting.version, .is_known = false};
    passed_over_.push_back(waiting);
    return true;
  });
  if (passed_over_.size() > before) Sort(now);  // what they kept from being told is first now
}

std::optional<Waiting> Queue::Next(MonoTime now) {
  if (!HasRoom()) return std::nullopt;
  PassOver(now);
  const auto next = std::find_if(window_.begin(), window_.end(),
                                 [&](const Waiting& waiting) { return MayGo(waiting, now); });
  if (next == window_.end()) return std::nullopt;
  Waiting chosen = std::move(*next);
  window_.erase(next);
  busy_lines_.insert(chosen.line);
  under_way_.emplace(chosen.incident, chosen);
  if (IsOpening(chosen) && attempts(chosen.incident) == 0) {
    budget_.Tell(chosen.host, IsCritical(chosen), now);
  }
  return chosen;
}

void Queue::Told(const Waiting& waiting, MonoTime, incidents::IncidentState state) {
  under_way_.erase(waiting.incident);
  busy_lines_.erase(waiting.line);
  parked_.erase(waiting.incident);
  const bool is_known = state == incidents::IncidentState::kOpen;
  ToldLately& lately = noted_late_[waiting.incident];
  if (waiting.version >= lately.version) lately = {waiting.version, is_known};
  // The window may have been filled while it was under way.
  std::erase_if(window_, [&](Waiting& each) {
    if (each.incident != waiting.incident) return false;
    each.urgency = UrgencyAfter(is_known, each.urgency);
    return each.version <= waiting.version;
  });
  const auto first = first_of_line_.find(waiting.line);
  if (first == first_of_line_.end() || first->second != waiting.incident) return;
  first_of_line_.erase(first);
  const Waiting* next = nullptr;
  for (const Waiting& each : window_) {
    if (each.line == waiting.line && (next == nullptr || each.order < next->order)) next = &each;
  }
  if (next != nullptr) first_of_line_[waiting.line] = next->incident;
}

void Queue::Failed(const Waiting& waiting, MonoTime again) {
  under_way_.erase(waiting.incident);
  busy_lines_.erase(waiting.line);
  Parked& parked = parked_[waiting.incident];
  ++parked.attempts;
  parked.again = again;
  if (parked_.size() > kMostParked) {
    parked_.erase(std::min_element(
        parked_.begin(), parked_.end(),
        [](const auto& a, const auto& b) { return a.second.again < b.second.again; }));
  }
  // What was decided meanwhile takes its place.
  const bool has_newer = std::any_of(window_.begin(), window_.end(), [&](const Waiting& each) {
    return each.incident == waiting.incident;
  });
  if (has_newer) return;
  // It keeps its turn: what is less urgent does not go before it.
  window_.push_back(waiting);
  Sort(sorted_);
}

void Queue::Noted(uint64_t incident, uint32_t version) {
  const auto told = noted_late_.find(incident);
  if (told != noted_late_.end() && told->second.version <= version) noted_late_.erase(told);
}

bool Queue::has_failed(MonoTime now) const {
  return std::any_of(parked_.begin(), parked_.end(),
                     [now](const auto& each) { return each.second.again > now; });
}

std::optional<bool> Queue::IsKnown(uint64_t incident) const {
  const auto told = noted_late_.find(incident);
  if (told == noted_late_.end()) return std::nullopt;
  return told->second.is_known;
}

uint32_t Queue::attempts(uint64_t incident) const {
  const auto parked = parked_.find(incident);
  return parked == parked_.end() ? 0 : parked->second.attempts;
}

MonoTime Queue::NextMoment(MonoTime after) const {
  MonoTime next = budget_.NextRoom(after);
  for (const auto& [incident, parked] : parked_) {
    if (parked.again > after) next = std::min(next, parked.again);
  }
  return next;
}

std::vector<Waiting> Queue::TakePassedOver() { return std::exchange(passed_over_, {}); }

}  // namespace faultline::notify
