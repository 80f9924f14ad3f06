#include "agent/host/ruleset_reader.h"

#include <deque>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "agent/host/child_process.h"
#include "agent/host/legacy_tables.h"
#include "common/text.h"

namespace faultline::host {
namespace {

// One program after the other: a host with more than nftables is rare.
class Reading : public LoopSource {
 public:
  Reading(Loop& loop, const RulesetReading& reading,
          std::function<void(absl::StatusOr<RulesetTexts>)> callback)
      : loop_(loop), reading_(reading), callback_(std::move(callback)) {}

  void Start() {
    started_ = clock_.Mono();
    if (reading_.has_nftables) {
      steps_.push_back({{"nft"}, {"-y", "-a", "list", "ruleset"}, &texts_.nft, "nftables"});
    }
    PlanLegacy(/*six=*/false, &texts_.legacy4);
    PlanLegacy(/*six=*/true, &texts_.legacy6);
    // Never call back before the caller has the handle.
    soon_ = loop_.After(Span{}, [this] { Next(); });
  }

 private:
  struct Step {
    std::vector<std::string> programs;  // the first that is there
    std::vector<std::string> arguments;
    std::string* text;
    std::string package;
  };

  void PlanLegacy(bool six, std::string* text) {
    const LegacyTables tables = FindLegacyTables(six);
    const std::vector<std::string> programs = {six ? "ip6tables-legacy-save"
                                                   : "iptables-legacy-save"};
    if (tables.names.empty()) return;
    if (tables.certain) {
      steps_.push_back({programs, {"-c"}, text, "iptables"});
      return;
    }
    // Nobody made any without the program.
    if (FindProgram(programs).empty()) return;
    // It would want to read the list itself, unless it is told the table. Where only
    // another namespace uses the module, this makes an empty table here.
    for (const std::string& name : tables.names) {
      steps_.push_back({programs, {"-c", "-t", name}, text, "iptables"});
    }
  }

  void Next() {
    soon_.reset();
    child_.reset();
    if (steps_.empty()) {
      texts_.took = clock_.Mono() - started_;
      return Finish(std::move(texts_));
    }
    step_ = steps_.front();
    steps_.pop_front();
    const std::string program = FindProgram(step_.programs);
    if (program.empty()) {
      return Finish(absl::NotFoundError(absl::StrCat(
          "this host has ",
          step_.programs[0] == "nft" ? "nftables rules" : "legacy iptables tables", " and no ",
          step_.programs[0], " to read them; install it (apt install ", step_.package, ")")));
    }
    ChildCommand command;
    command.argv = {program};
    command.argv.insert(command.argv.end(), step_.arguments.begin(), step_.arguments.end());
    command.max_output = reading_.max_bytes;
    command.deadline = reading_.deadline;
    auto child = RunChild(loop_, command, [this](auto output) { OnOutput(std::move(output)); });
    if (!child.ok()) return Finish(child.status());
    child_ = *std::move(child);
  }

  void OnOutput(absl::StatusOr<ChildOutput> output) {
    if (!output.ok()) return Finish(output.status());
    if (output->exit_code != 0) {
      const std::string said = absl::StrCat(step_.programs[0], " failed (", output->exit_code,
                                            "): ", CleanText(output->err, 200));
      if (absl::StrContains(output->err, "not permitted") ||
          absl::StrContains(output->err, "ermission denied")) {
        return Finish(absl::PermissionDeniedError(said));
      }
      return Finish(absl::UnavailableError(said));
    }
    absl::StrAppend(step_.text, output->out);
    Next();
  }

  void Finish(absl::StatusOr<RulesetTexts> result) {
    // The callback may destroy this.
    const auto callback = std::move(callback_);
    callback(std::move(result));
  }

  Loop& loop_;
  const RulesetReading reading_;
  std::function<void(absl::StatusOr<RulesetTexts>)> callback_;
  SystemClock clock_;
  MonoTime started_;
  RulesetTexts texts_;
  std::deque<Step> steps_;
  Step step_;
  std::unique_ptr<LoopSource> soon_;
  std::unique_ptr<LoopSource> child_;
};

}  // namespace

bool HasLegacyTables() {
  return !FindLegacyTables(false).names.empty() || !FindLegacyTables(true).names.empty();
}

std::unique_ptr<LoopSource> ReadRuleset(
    Loop& loop, const RulesetReading& reading,
    std::function<void(absl::StatusOr<RulesetTexts>)> callback) {
  auto running = std::make_unique<Reading>(loop, reading, std::move(callback));
  running->Start();
  return running;
}

}  // namespace faultline::host
