// The contract between the checks' declarations and the messages: whatever an agent can report has
// words, a past and something to do.
#include "collector/incidents/reason_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "agent/checks/registry.h"
#include "agent/link/join_state.h"
#include "agent/spool_words.h"
#include "collector/incidents/commands_by_kind.h"
#include "collector/incidents/impact_words.h"
#include "collector/incidents/message.h"
#include "collector/incidents/next_command.h"

namespace faultline::incidents {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

struct Reason {
  std::string kind;
  std::string reason;
  bool blind = false;  // UNKNOWN by its declaration
};

// What agents declare, what they say of themselves, what the collector says of them.
std::vector<Reason> AllReasons() {
  std::vector<Reason> all;
  for (const checks::CheckKind* kind : checks::AllCheckKinds()) {
    for (const checks::ReasonDeclaration& reason : kind->reasons) {
      all.push_back({kind->kind, reason.name, reason.help.starts_with("UNKNOWN")});
    }
  }
  for (const absl::Status& health :
       {absl::ResourceExhaustedError(""), absl::FailedPreconditionError(""),
        absl::DataLossError(""), absl::InternalError("")}) {
    all.push_back({"spool", agent::JudgeSpool(health, {}).reason});
  }
  for (const link::JoinState& state :
       {link::NotJoined(link::JoinStep::kToken, absl::NotFoundError(""), ""),
        link::NotJoined(link::JoinStep::kDisk, absl::InternalError(""), ""),
        link::NotJoined(link::JoinStep::kCollector, absl::UnavailableError(""), ""),
        link::NotJoined(link::JoinStep::kCollector, absl::PermissionDeniedError(""), ""),
        link::NotRejoined(absl::PermissionDeniedError(""), absl::PermissionDeniedError(""))}) {
    EXPECT_NE(state.reason, "");
    all.push_back({"identity", state.reason});
  }
  // Of an identity that there is: agent/link/join_state.h.
  for (const char* reason : {"CLOCK_WRONG", "RENEWAL_LATE"}) all.push_back({"identity", reason});
  for (const char* reason :
       {"AGENT_SILENT", "AGENT_STOPPED", "HOST_STOPPING", "HOST_GONE", "COLLECTOR_CUT_OFF"}) {
    all.push_back({"agent", reason});
  }
  // Of the collector's own store: collector/pipeline/store_watch.cc.
  for (const char* reason : {"STORE_FULL", "STORE_READ_ONLY", "STORE_IO_ERROR", "STORE_DAMAGED",
                             "STORE_HUNG", "STORE_FAILING", "HISTORY_SET_ASIDE"}) {
    all.push_back({"store", reason});
  }
  return all;
}

rules::Alert AlertOf(const Reason& reason) {
  rules::Alert alert;
  alert.id = "it";
  alert.host = {{"shop", "prod"}, "db-1"};
  alert.check = {.kind = reason.kind, .target = "/some/target:3306"};
  alert.subject = "todo";
  alert.state = rules::AlertState::kFiring;
  alert.reason = reason.reason;
  alert.detail = "what the check says";
  return alert;
}

std::string Lower(const std::string& reason) {
  return absl::AsciiStrToLower(absl::StrReplaceAll(reason, {{"_", " "}}));
}

// "refused" is a word of people's; not so "in trouble (tls failed)", "http:https://... : status
// other": a reason's name instead of words.
bool ShowsName(const std::string& text, const std::string& reason) {
  if (reason.find('_') == std::string::npos) return false;
  return absl::StrContains(text, absl::StrCat("(", Lower(reason), ")")) ||
         absl::StrContains(text, absl::StrCat(": ", Lower(reason), "\n")) ||
         absl::StrContains(text, reason);
}

std::string Title(rules::Alert alert, bool resolved) {
  Incident incident;
  incident.stack = alert.host.stack;
  incident.subject = alert.subject;
  if (resolved) {
    incident.state = IncidentState::kResolved;
    alert.state = rules::AlertState::kResolved;
    alert.detail = "all is well";
  }
  incident.alerts = {alert};
  return RenderMessage(incident, {}, {});
}

TEST(ReasonWordsTest, EveryReasonThatAgentsCanReportHasWords) {
  const std::vector<Reason> all = AllReasons();
  EXPECT_THAT(all, SizeIs(testing::Gt(130)));
  for (const Reason& reason : all) {
    const ReasonWords* words = FindReasonWords(reason.kind, reason.reason);
    ASSERT_NE(words, nullptr) << reason.kind << " " << reason.reason
                              << ": add its words to collector/incidents/reason_words_*.cc";
    EXPECT_FALSE(words->now.empty()) << reason.kind << " " << reason.reason;
    EXPECT_FALSE(words->past.empty()) << reason.kind << " " << reason.reason;
    EXPECT_EQ(CouldNotLook(reason.kind, reason.reason), reason.blind)
        << reason.kind << " " << reason.reason;
  }
}

TEST(ReasonWordsTest, NoMessageShowsAReasonAsProgramsCallIt) {
  for (const Reason& reason : AllReasons()) {
    for (const char* subject : {"todo", "database", "site", "network", "certificate",
                                "capacity db-1", "host db-1", "agent db-1"}) {
      rules::Alert alert = AlertOf(reason);
      alert.subject = subject;
      const std::string open = Title(alert, false);
      EXPECT_FALSE(ShowsName(open, reason.reason)) << open;
      EXPECT_THAT(open, Not(HasSubstr("in trouble"))) << reason.kind << " " << reason.reason;
      const std::string over = Title(alert, true);
      EXPECT_FALSE(ShowsName(over, reason.reason)) << over;
      EXPECT_THAT(over, Not(HasSubstr(absl::StrCat(reason.kind, ":/some")))) << over;
    }
  }
}

TEST(ReasonWordsTest, EveryReasonHasAnImpact) {
  for (const Reason& reason : AllReasons()) {
    model::CheckPicture check;
    check.id = AlertOf(reason).check;
    check.reason = reason.reason;
    const std::string impact = ImpactInWords("app-1", check);
    EXPECT_THAT(impact, HasSubstr("app-1")) << reason.kind << " " << reason.reason;
    EXPECT_THAT(impact, Not(HasSubstr(reason.reason)));
  }
}

TEST(ReasonWordsTest, EveryReasonHasSomethingToDo) {
  for (const Reason& reason : AllReasons()) {
    const rules::Alert alert = AlertOf(reason);
    // Nobody logs in to what is gone, or may be well.
    const bool is_afar = reason.kind == "agent" &&
                         (reason.reason == "HOST_GONE" || reason.reason == "HOST_STOPPING" ||
                          reason.reason == "COLLECTOR_CUT_OFF");
    EXPECT_THAT(NextCommands(alert, {}), SizeIs(testing::Ge(is_afar ? 1 : 2)))
        << reason.kind << " " << reason.reason;
    const CommandContext context{.lead = alert};
    const bool is_known = !ServiceCommands(context).empty() || !PathCommands(context).empty() ||
                          !HostCommands(context).empty();
    EXPECT_TRUE(is_known || reason.blind) << reason.kind << " " << reason.reason
                                          << ": add commands to collector/incidents/*_commands.cc";
  }
}

TEST(ReasonWordsTest, AReasonOfANewerAgentIsToldInItsOwnWords) {
  const std::string message = Title(AlertOf({"unheard_of", "STRANGE_NEWS"}), false);
  EXPECT_EQ(message.substr(0, message.find('\n')),
            "CRITICAL shop-prod: todo in trouble. On db-1: what the check says.");
  EXPECT_THAT(message, HasSubstr("Do: ssh db-1\n    sudo faultline-agent --once\n"));
}

TEST(ReasonWordsTest, NoWordsAreForReasonsThatNobodyReports) {
  const std::vector<Reason> all = AllReasons();
  for (const auto& table : {ServiceWords(), PathWords(), HostWords()}) {
    for (const ReasonWords& words : table) {
      const bool is_reported = std::any_of(all.begin(), all.end(), [&](const Reason& reason) {
        return reason.kind == words.kind && reason.reason == words.reason;
      });
      EXPECT_TRUE(is_reported) << std::string(words.kind) << " " << std::string(words.reason);
    }
  }
}

}  // namespace
}  // namespace faultline::incidents
