#include "cli/verify.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "absl/strings/str_cat.h"
#include "cli/json_text.h"
#include "cli/terminal_text.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/time_util.h"

namespace faultline::cli {
namespace {

// Most checks look within a few milliseconds; a page that hangs needs its timeout twice.
constexpr Span kVerifyWait = Span::Seconds(15);
constexpr std::chrono::milliseconds kPause{200};

absl::StatusOr<Span> WaitOf(const ParsedCommand& command) {
  const auto option = command.options.find("--wait");
  if (option == command.options.end()) return kVerifyWait;
  Span wait;
  if (!ParseSpan(option->second, &wait) || wait > Span::Seconds(60)) {
    return absl::InvalidArgumentError(absl::StrCat("--wait is a time up to 60s, such as 5s, not '",
                                                   TerminalText(option->second, 100), "'"));
  }
  return wait;
}

absl::StatusOr<v1::LookResponse> Ask(const StackFilter& stack, const Client& client) {
  v1::LookRequest request;
  request.set_stack(stack.stack);
  request.set_env(stack.env);
  std::string json;
  const auto made = google::protobuf::util::MessageToJsonString(request, &json);
  if (!made.ok()) return absl::InternalError(TerminalText(made.ToString()));
  const auto asked = client.Post<v1::LookResponse>("/api/v1/looks", json, /*key=*/"");
  if (!asked.ok()) return asked.status();
  return asked->message;
}

}  // namespace

absl::StatusOr<Verified> VerifyStack(const ParsedCommand& command, const Settings& settings,
                                     const Client& client, const View& view,
                                     const Progress& progress) {
  const absl::StatusOr<Span> wait = WaitOf(command);
  if (!wait.ok()) return wait.status();
  const auto asked = Ask(settings.filter, client);
  if (!asked.ok()) return asked.status();
  // The stack as the collector understood it: another one may join meanwhile.
  const std::string path = absl::StrCat(
      "/api/v1/verify?stack=", EscapeQuery(asked->stack().stack()),
      "&env=", EscapeQuery(asked->stack().env()),
      "&since=", EscapeQuery(google::protobuf::util::TimeUtil::ToString(asked->asked_at())));
  const MonoTime end = SystemClock().Mono() + *wait;
  for (;;) {
    const auto seen = client.Get<v1::Verification>(path);
    if (!seen.ok()) return seen.status();
    const auto& rows = seen->message.rows();
    const auto due = std::count_if(rows.begin(), rows.end(),
                                   [](const v1::VerifyRow& row) { return row.answer_due(); });
    if (due > 0 && SystemClock().Mono() < end) {
      if (progress) progress(rows.size() - static_cast<int>(due), rows.size());
      std::this_thread::sleep_for(kPause);
      continue;
    }
    Verified verified;
    // Rows that do not apply prove nothing.
    verified.unproved = std::none_of(rows.begin(), rows.end(), [](const v1::VerifyRow& row) {
      return row.state() == v1::VerifyRow::STATE_PASS;
    });
    for (const v1::VerifyRow& row : rows) {
      if (row.state() == v1::VerifyRow::STATE_FAIL) verified.failed = true;
      verified.unproved = verified.unproved || (row.state() != v1::VerifyRow::STATE_PASS &&
                                                row.state() != v1::VerifyRow::STATE_NOT_APPLICABLE);
    }
    if (settings.output != Output::kJson) {
      verified.text = RenderVerification(seen->message, view);
      return verified;
    }
    auto json = PrettyJson(seen->json);
    if (!json.ok()) {
      return absl::InternalError(
          absl::StrCat("the collector's answer is ", json.status().message()));
    }
    verified.text = *std::move(json);
    return verified;
  }
}

}  // namespace faultline::cli
