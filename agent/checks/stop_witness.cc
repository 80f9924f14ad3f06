#include "agent/checks/stop_witness.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/checks/journal_again.h"
#include "common/text.h"

namespace faultline::checks {
namespace {

constexpr Span kLookBack = Span::Seconds(10);

bool Explains(CommandMeaning meaning, const std::string& reason) {
  switch (meaning) {
    case CommandMeaning::kStopsUnit:
      return reason == "UNIT_STOPPING" || reason == "UNIT_INACTIVE";
    case CommandMeaning::kRestartsUnit:
      return reason == "UNIT_RESTARTING" || reason == "UNIT_INACTIVE" || reason == "UNIT_FAILED";
    case CommandMeaning::kStopsHost:
      return reason == "HOST_STOPPING";
    case CommandMeaning::kChangesPackages:
      return reason == "PACKAGE_UPGRADE";
    case CommandMeaning::kOther:
      break;
  }
  return false;
}

// sudo must be root's own; polkit's daemon sees who asked without sudo.
std::vector<host::RecentQuery::Program> Witnesses() {
  return {{"sudo", {"/usr/bin/sudo", "/bin/sudo", "/usr/local/bin/sudo"}},
          {"polkitd", {"/usr/lib/polkit-1/polkitd", "/usr/libexec/polkitd"}}};
}

// "2026-11-22 03:14:07.412 UTC" -> "03:14:07 UTC"
std::string TimeOfDay(WallTime at) {
  return absl::StrCat(FormatForPeople(at).substr(11, 8), " UTC");
}

}  // namespace

std::optional<Fact> WitnessOf(const std::string& reason,
                              const std::vector<host::JournalEntry>& entries,
                              const std::vector<std::string>& unit_names) {
  for (const host::JournalEntry& entry : entries) {
    const bool is_sudo = entry.program == "sudo";
    const std::optional<RanCommand> ran =
        is_sudo ? ParseSudoLine(entry.message) : ParsePolkitLine(entry.message);
    if (!ran.has_value() || !Explains(MeaningOf(ran->command, unit_names), reason)) continue;
    return Fact{.text = absl::StrCat(
                    is_sudo ? "sudo log: " : "polkit log: ", CleanText(ran->who, kMaxLoginName),
                    " ran \"", ShownCommand(ran->command), "\" at ", TimeOfDay(entry.at)),
                .at = entry.at};
  }
  return std::nullopt;
}

StopWitness::StopWitness(host::Loop& loop, host::WorkerPool& workers, const Clock& clock,
                         std::string journal, std::function<void()> on_news)
    : loop_(loop),
      workers_(workers),
      clock_(clock),
      journal_(std::move(journal)),
      on_news_(std::move(on_news)) {}

void StopWitness::Look(uint32_t job) {
  if (job == 0 || job == job_) return;
  job_ = job;
  since_ = clock_.Now() - kLookBack;
  Read();
  ReadAgain(0);
}

void StopWitness::ReadAgain(size_t times) {
  if (times == kJournalAgain.size()) {
    again_.reset();
    return;
  }
  again_ = loop_.After(kJournalAgain[times], [this, times] {
    Read();
    ReadAgain(times + 1);
  });
}

void StopWitness::Forget() {
  job_ = 0;
  entries_.clear();
  again_.reset();
}

std::optional<Fact> StopWitness::Evidence(const std::string& reason,
                                          const std::vector<std::string>& unit_names) const {
  return WitnessOf(reason, entries_, unit_names);
}

void StopWitness::Read() {
  host::RecentQuery query{.programs = Witnesses(), .since = since_, .directory = journal_};
  // Where the workers are all busy there is no witness: the stop is told all the same.
  workers_.Submit([this, query = std::move(query), job = job_, &loop = loop_,
                   alive = std::weak_ptr<bool>(alive_)] {
    auto entries = host::ReadRecentJournal(query);
    if (!entries.ok() || entries->empty()) return;
    loop.Post([this, job, alive, entries = *std::move(entries)]() mutable {
      if (alive.expired() || job != job_) return;
      entries_ = std::move(entries);
      on_news_();
    });
  });
}

}  // namespace faultline::checks
