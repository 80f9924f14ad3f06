// Reading what waits and what was told.
#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "collector/store/outbox.h"

namespace faultline::store {
namespace {

// Hosts that a window looks at, and rows of each: of what was never told, and of the rest.
constexpr size_t kWindowHosts = 64;
constexpr size_t kRowsOfHost = 8;
// Of more hosts than these only such are looked for as have something urgent.
constexpr size_t kMostTurns = 1024;

constexpr char kWaitingColumns[] =
    "id, incident, version, urgency, line, host, decided_at FROM outbox";

Waiting ReadWaiting(Statement& row) {
  Waiting waiting;
  row.Read(waiting.order);
  row.Read(waiting.incident);
  row.Read(waiting.version);
  row.Read(waiting.urgency);
  row.Read(waiting.line);
  row.Read(waiting.host);
  row.Read(waiting.decided_at);
  return waiting;
}

// `waiting` with what must be told before it.
absl::Status AddWithEarlier(Connection& reader, const std::string& channel,
                            const std::function<bool(const Waiting&)>& skip, Waiting waiting,
                            std::vector<Waiting>& into) {
  Statement earlier = reader.Prepare(absl::StrCat(
      "SELECT ", kWaitingColumns, " WHERE channel = ? AND line = ? AND id < ? ORDER BY id"));
  earlier.Bind(channel, waiting.line, waiting.order);
  for (;;) {
    const absl::StatusOr<bool> row = earlier.Step();
    if (!row.ok()) return row.status();
    if (!*row) break;
    Waiting first = ReadWaiting(earlier);
    if (!skip(first)) into.push_back(std::move(first));
  }
  into.push_back(std::move(waiting));
  return absl::OkStatus();
}

// Rows of one host whose urgency is within these.
absl::Status AddOfHost(Connection& reader, const std::string& channel, const std::string& host,
                       Urgency from, Urgency to, const std::function<bool(const Waiting&)>& skip,
                       std::vector<Waiting>& into) {
  std::vector<Waiting> found;
  {
    Statement select = reader.Prepare(absl::StrCat(
        "SELECT ", kWaitingColumns,
        " WHERE channel = ? AND host = ? AND urgency BETWEEN ? AND ? ORDER BY urgency, id"));
    select.Bind(channel, host, from, to);
    while (found.size() < kRowsOfHost) {
      const absl::StatusOr<bool> row = select.Step();
      if (!row.ok()) return row.status();
      if (!*row) break;
      Waiting waiting = ReadWaiting(select);
      if (!skip(waiting)) found.push_back(std::move(waiting));
    }
  }
  for (Waiting& waiting : found) {
    absl::Status status = AddWithEarlier(reader, channel, skip, std::move(waiting), into);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

struct HostTurn {
  Urgency urgency;
  uint64_t order;
  std::string host;
  auto Key() const { return std::tie(urgency, order); }
};

HostTurn ReadTurn(Statement& row) {
  HostTurn turn;
  row.Read(turn.urgency);
  row.Read(turn.order);
  row.Read(turn.host);
  return turn;
}

// Hosts in the order of their names: leaps from one to the next over the index.
absl::Status AddTurnsByName(Connection& reader, const std::string& channel,
                            std::vector<HostTurn>& turns) {
  Statement next = reader.Prepare(
      "SELECT urgency, id, host FROM outbox WHERE channel = ? AND host > ? "
      "ORDER BY host, urgency, id LIMIT 1");
  std::string after;
  // The least text is a host's too.
  Statement nameless = reader.Prepare(
      "SELECT urgency, id, host FROM outbox WHERE channel = ? AND host = '' "
      "ORDER BY urgency, id LIMIT 1");
  nameless.Bind(channel);
  const absl::StatusOr<bool> has_nameless = nameless.Step();
  if (!has_nameless.ok()) return has_nameless.status();
  if (*has_nameless) turns.push_back(ReadTurn(nameless));
  while (turns.size() < kMostTurns) {
    const absl::StatusOr<bool> row = next.Bind(channel, after).Step();
    if (!row.ok()) return row.status();
    if (!*row) break;
    turns.push_back(ReadTurn(next));
    after = turns.back().host;
    if (const absl::StatusOr<bool> end = next.Step(); !end.ok()) return end.status();
  }
  return absl::OkStatus();
}

// Those of the most urgent rows.
absl::Status AddTurnsByUrgency(Connection& reader, const std::string& channel,
                               std::vector<HostTurn>& turns) {
  Statement urgent = reader.Prepare(
      "SELECT urgency, id, host FROM outbox WHERE channel = ? ORDER BY urgency, id LIMIT ?");
  urgent.Bind(channel, kMostTurns);
  for (;;) {
    const absl::StatusOr<bool> row = urgent.Step();
    if (!row.ok()) return row.status();
    if (!*row) return absl::OkStatus();
    turns.push_back(ReadTurn(urgent));
  }
}

// Hosts for which something waits, the most urgent first.
absl::StatusOr<std::vector<HostTurn>> ReadHostTurns(Connection& reader,
                                                    const std::string& channel) {
  std::vector<HostTurn> turns;
  absl::Status status = AddTurnsByName(reader, channel, turns);
  if (status.ok() && turns.size() >= kMostTurns) {
    status = AddTurnsByUrgency(reader, channel, turns);
  }
  if (!status.ok()) return status;
  std::sort(turns.begin(), turns.end(),
            [](const HostTurn& a, const HostTurn& b) { return a.Key() < b.Key(); });
  std::set<std::string> seen;
  std::erase_if(turns, [&](const HostTurn& turn) { return !seen.insert(turn.host).second; });
  return turns;
}

}  // namespace

absl::StatusOr<std::vector<Waiting>> ReadWindow(Connection& reader, const std::string& channel,
                                                const std::function<bool(const Waiting&)>& skip) {
  absl::StatusOr<std::vector<HostTurn>> turns = ReadHostTurns(reader, channel);
  if (!turns.ok()) return turns.status();
  std::vector<Waiting> window;
  size_t hosts = 0;
  for (const HostTurn& turn : *turns) {
    const size_t before = window.size();
    for (const auto& [from, to] : {std::pair{Urgency::kUntoldCritical, Urgency::kUntoldInfo},
                                   std::pair{Urgency::kNews, Urgency::kOver}}) {
      absl::Status status = AddOfHost(reader, channel, turn.host, from, to, skip, window);
      if (!status.ok()) return status;
    }
    // One of which nothing may go now takes no other's place.
    if (window.size() > before && ++hosts == kWindowHosts) break;
  }
  // The same row may have come along with two others.
  std::sort(window.begin(), window.end(),
            [](const Waiting& a, const Waiting& b) { return a.order < b.order; });
  window.erase(std::unique(window.begin(), window.end(),
                           [](const Waiting& a, const Waiting& b) { return a.order == b.order; }),
               window.end());
  return window;
}

absl::StatusOr<OutboxTally> ReadTally(Connection& reader, const std::string& channel) {
  Statement select =
      reader.Prepare("SELECT count(*), coalesce(min(decided_at), 0) FROM outbox WHERE channel = ?");
  const absl::StatusOr<bool> row = select.Bind(channel).Step();
  if (!row.ok()) return row.status();
  OutboxTally tally;
  select.Read(tally.waiting);
  select.Read(tally.oldest);
  return tally;
}

absl::StatusOr<uint64_t> ReadUntold(Connection& reader, const std::string& channel,
                                    const std::string& host) {
  Statement select = reader.Prepare(
      "SELECT count(*) FROM outbox WHERE channel = ? AND host = ? AND urgency BETWEEN ? AND ?");
  select.Bind(channel, host, Urgency::kUntoldCritical, Urgency::kUntoldInfo);
  const absl::StatusOr<bool> row = select.Step();
  if (!row.ok()) return row.status();
  return select.Get<uint64_t>();
}

absl::StatusOr<ToldNote> ReadTold(Connection& reader, const std::string& channel,
                                  uint64_t incident) {
  Statement select = reader.Prepare(
      "SELECT t.version, t.at, t.reminders, coalesce(i.state, 0) FROM told t LEFT JOIN incidents i "
      "ON i.id = t.incident AND i.version = t.version WHERE t.channel = ? AND t.incident = ?");
  const absl::StatusOr<bool> row = select.Bind(channel, incident).Step();
  if (!row.ok()) return row.status();
  ToldNote told;
  told.incident = incident;
  if (!*row) return told;
  select.Read(told.version);
  select.Read(told.at);
  select.Read(told.reminders);
  select.Read(told.state);
  return told;
}

absl::StatusOr<std::vector<ToldNote>> ReadToldBefore(Connection& reader, const std::string& channel,
                                                     WallTime before, size_t limit) {
  // From the open ones: they are few, and what was ever told is not.
  Statement select = reader.Prepare(
      "SELECT t.incident, t.version, t.at, t.reminders FROM incidents i JOIN told t "
      "ON t.channel = ? AND t.incident = i.id WHERE i.version = 0 AND i.state = ? AND "
      "i.severity = ? AND t.at <= ? AND NOT EXISTS (SELECT 1 FROM outbox o WHERE "
      "o.channel = t.channel AND o.incident = t.incident) ORDER BY t.at LIMIT ?");
  select.Bind(channel, incidents::IncidentState::kOpen, rules::Severity::kCritical, before,
              std::min<size_t>(limit, INT32_MAX));
  std::vector<ToldNote> found;
  for (;;) {
    const absl::StatusOr<bool> row = select.Step();
    if (!row.ok()) return row.status();
    if (!*row) return found;
    ToldNote told;
    select.Read(told.incident);
    select.Read(told.version);
    select.Read(told.at);
    select.Read(told.reminders);
    found.push_back(told);
  }
}

}  // namespace faultline::store
