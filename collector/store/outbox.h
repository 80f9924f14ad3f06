// What is to be told: what waits for each channel, and what each has been told.
//
// The outbox has one row a channel and incident, with the newest version that waits: what was
// decided meanwhile replaces what was not told yet. Runs within the caller's transaction.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "collector/store/outbox_types.h"
#include "collector/store/sqlite.h"

namespace faultline::store {

// Pure. `told`: the channel has heard of the incident before.
Urgency UrgencyOf(const incidents::Incident& incident, bool told);

// Makes `notification` wait for each of `channels`. An older one of the same incident goes, and so
// does what is over, was never told and has the same subject: the newer trouble is what matters.
absl::Status WriteWaiting(Connection& writer, const incidents::Notification& notification,
                          const std::vector<std::string>& channels);

// Notes it in the incident's timeline as well. Idempotent but for that line.
absl::Status WriteMark(Connection& writer, const OutboxMark& mark);

// From now on there are these channels. A new one is to be told what is open and others know of;
// what waited for one that is gone goes.
absl::StatusOr<ChannelChanges> WriteChannels(Connection& writer,
                                             const std::vector<std::string>& names, WallTime now);

// The most urgent of each host, hosts with the most urgent first. Rows that `skip` names are passed
// over. An earlier row of the same subject comes along with a later one.
absl::StatusOr<std::vector<Waiting>> ReadWindow(Connection& reader, const std::string& channel,
                                                const std::function<bool(const Waiting&)>& skip);

absl::StatusOr<OutboxTally> ReadTally(Connection& reader, const std::string& channel);

// How many incidents of a host nobody on the channel has been told of, open ones.
absl::StatusOr<uint64_t> ReadUntold(Connection& reader, const std::string& channel,
                                    const std::string& host);

// What the channel was told of an incident last; version 0: nothing.
absl::StatusOr<ToldNote> ReadTold(Connection& reader, const std::string& channel,
                                  uint64_t incident);

// Open critical incidents that the channel was told of, or reminded of, at `before` or earlier and
// of which nothing waits. At most `limit`, the oldest first.
absl::StatusOr<std::vector<ToldNote>> ReadToldBefore(Connection& reader, const std::string& channel,
                                                     WallTime before, size_t limit);

}  // namespace faultline::store
