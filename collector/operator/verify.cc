// Looks on demand, and the testing checklist from the newest picture.
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "collector/model/own_host.h"
#include "collector/operator/api.h"
#include "collector/operator/convert.h"
#include "collector/operator/verify_rows.h"
#include "common/text.h"

namespace faultline::operator_api {
namespace {

constexpr size_t kMaxRowText = 512;

// The one stack of that name and environment; either may be empty where that leaves only one.
absl::StatusOr<StackId> OneStack(const model::Hosts& hosts, const std::string& name,
                                 const std::string& env) {
  std::set<StackId> known;
  for (const auto& [id, host] : hosts) {
    if (!model::IsCollectorsOwn(id)) known.insert(id.stack);
  }
  std::vector<StackId> found;
  std::vector<std::string> names;
  for (const StackId& stack : known) {
    names.push_back(CleanText(stack.ToString(), 128));
    if ((name.empty() || name == stack.stack) && (env.empty() || env == stack.env)) {
      found.push_back(stack);
    }
  }
  if (names.size() > 20) names.resize(20);
  if (found.size() == 1) return found.front();
  if (known.empty()) return absl::NotFoundError("no host has joined yet");
  const std::string there_are = absl::StrCat("there are ", absl::StrJoin(names, ", "));
  if (found.empty()) {
    return absl::NotFoundError(absl::StrCat("no host of such a stack has joined; ", there_are));
  }
  return absl::InvalidArgumentError(
      absl::StrCat("stack and env: say which of several stacks; ", there_are));
}

v1::VerifyRow::State RowStateToProto(RowState state) {
  switch (state) {
    case RowState::kPass:
      return v1::VerifyRow::STATE_PASS;
    case RowState::kFail:
      return v1::VerifyRow::STATE_FAIL;
    case RowState::kNotChecked:
      return v1::VerifyRow::STATE_NOT_CHECKED;
    case RowState::kStale:
      return v1::VerifyRow::STATE_STALE;
    case RowState::kNotApplicable:
      return v1::VerifyRow::STATE_NOT_APPLICABLE;
  }
  return v1::VerifyRow::STATE_UNSPECIFIED;
}

void RowToProto(const VerifyRow& row, v1::VerifyRow* out) {
  out->set_name(row.name);
  out->set_command(CleanText(row.command, kMaxRowText));
  out->set_host(CleanText(row.host, kMaxRowText));
  out->set_expected(CleanText(row.expected, kMaxRowText));
  out->set_seen(CleanText(row.seen, kMaxRowText));
  out->set_state(RowStateToProto(row.state));
  out->set_check(CleanText(row.check, kMaxRowText));
  if (row.observed.ns != 0) SetTime(row.observed, out->mutable_observed_at());
  out->set_answer_due(row.answer_due);
}

}  // namespace

absl::StatusOr<v1::LookResponse> AskToLook(const Context& context, const v1::LookRequest& request,
                                           const std::string& /*who*/) {
  if (context.looks == nullptr) return absl::UnavailableError("no agent can be asked here");
  const auto picture = context.pictures.picture();
  const auto stack = OneStack(picture->hosts, request.stack(), request.env());
  if (!stack.ok()) return stack.status();
  v1::LookResponse response;
  SetStack(*stack, response.mutable_stack());
  uint32_t connected = 0;
  for (const auto& [id, host] : picture->hosts) {
    if (id.stack == *stack && host->link == model::LinkState::kConnected) ++connected;
  }
  response.set_hosts(connected);
  SetTime(context.looks->AskStack(*stack), response.mutable_asked_at());
  return response;
}

absl::StatusOr<v1::Verification> Verify(const Context& context, const Params& params) {
  const auto filters = Filters::Parse(params, {"stack", "env", "since"});
  if (!filters.ok()) return filters.status();
  WallTime since;
  if (const std::string& text = filters->Text("since"); !text.empty()) {
    absl::Time time;
    std::string error;
    if (!absl::ParseTime(absl::RFC3339_full, text, &time, &error)) {
      return absl::InvalidArgumentError(absl::StrCat(
          "since: '", CleanText(text, 64), "' is not a time as in 2026-11-22T03:14:07.412Z"));
    }
    since = {absl::ToUnixNanos(time)};
  }
  const auto picture = context.pictures.picture();
  const auto stack = OneStack(picture->hosts, filters->Text("stack"), filters->Text("env"));
  if (!stack.ok()) return stack.status();
  v1::Verification out;
  SetStack(*stack, out.mutable_stack());
  SetTime(context.clock.Now(), out.mutable_now());
  for (const VerifyRow& row : VerifyRows(picture->hosts, *stack, since)) {
    RowToProto(row, out.add_rows());
  }
  for (const std::string& note : VerifyNotes(picture->hosts, *stack)) out.add_notes(note);
  return out;
}

}  // namespace faultline::operator_api
