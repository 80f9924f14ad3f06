#include "cli/change.h"

#include <chrono>
#include <thread>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "cli/host_target.h"
#include "cli/json_text.h"
#include "cli/live_picture.h"
#include "cli/operator_key.h"
#include "cli/render_parts.h"
#include "cli/terminal_text.h"
#include "common/identity.h"
#include "common/token_limits.h"
#include "google/protobuf/util/json_util.h"

namespace faultline::cli {
namespace {

class Changer {
 public:
  Changer(const ParsedCommand& command, const Settings& settings, const Client& client,
          const Confirm& confirm)
      : command_(command), settings_(settings), client_(client), confirm_(confirm) {}

  absl::StatusOr<Changed> TokenCreate() {
    const StackFilter& stack = settings_.filter;
    if (stack.stack.empty()) {
      return absl::InvalidArgumentError("--stack is needed: the stack that hosts join");
    }
    if (stack.env.empty()) {
      return absl::InvalidArgumentError("--env is needed: the environment that hosts join");
    }
    v1::CreateTokenRequest request;
    request.mutable_stack()->set_stack(stack.stack);
    request.mutable_stack()->set_env(stack.env);
    for (const auto role : absl::StrSplit(Option("--role"), ',', absl::SkipWhitespace())) {
      request.add_roles(std::string(absl::StripAsciiWhitespace(role)));
    }
    if (Has("--role") && request.roles().empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("--role is one of ", absl::StrJoin(HostRoles(), ", "),
                       ", or several with commas; without it hosts of any role are let "
                       "in"));
    }
    request.set_replace(Has("--replace"));
    if (Has("--uses")) {
      uint32_t uses = 0;
      if (!absl::SimpleAtoi(Option("--uses"), &uses) || uses < 1 || uses > kMaxTokenUses) {
        return absl::InvalidArgumentError(absl::StrCat("--uses is a number from 1 to ",
                                                       kMaxTokenUses, ", not '",
                                                       TerminalText(Option("--uses"), 100), "'"));
      }
      request.set_uses(uses);
    }
    if (Has("--ttl")) {
      Span ttl;
      if (!ParseSpan(Option("--ttl"), &ttl) || ttl < kLeastTokenLife || ttl > kMostTokenLife) {
        return absl::InvalidArgumentError(
            absl::StrCat("--ttl is a time from 1m to 365d, such as 24h, not '",
                         TerminalText(Option("--ttl"), 100), "'"));
      }
      request.set_ttl_seconds(static_cast<uint32_t>(ttl.ns / 1'000'000'000));
    }
    const auto created = Post<v1::CreateTokenResponse>("/api/v1/tokens", request);
    if (!created.ok()) return created.status();
    const v1::Token& token = created->message.details();
    return Print(
        *created, TerminalText(created->message.token()) + "\n",
        absl::StrCat("Shown this once. ",
                     token.roles().empty()
                         ? "Hosts of any role"
                         : "Role " + TerminalText(absl::StrJoin(token.roles(), ", ")),
                     " of ", StackName(token.stack()), ", ", token.uses(),
                     token.uses() == 1 ? " use" : " uses", ", until ", Moment(token.expires_at()),
                     ". To undo: faultline token revoke ", TerminalText(token.id()), "\n"));
  }

  absl::StatusOr<Changed> TokenRevoke() {
    std::string id = command_.argument;
    // The whole token is what many paste. Its secret must not go on into a URL.
    if (id.rfind("ftok.", 0) == 0) id = id.substr(5, id.find('.', 5) - 5);
    const auto revoked =
        Post<v1::Token>(absl::StrCat("/api/v1/tokens/", EscapeQuery(id), "/revoke"), v1::Token());
    if (absl::IsNotFound(revoked.status())) {
      return absl::NotFoundError(absl::StrCat("there is no token '", TerminalText(id, 100),
                                              "'; see: faultline token list"));
    }
    if (!revoked.ok()) return revoked.status();
    return Print(*revoked,
                 absl::StrCat("Revoked the token ", TerminalText(id, 100),
                              ". Hosts that joined with it stay.\n"),
                 "");
  }

  absl::StatusOr<Changed> HostRevoke() {
    const auto hosts = client_.Get<v1::ListHostsResponse>("/api/v1/hosts");
    if (!hosts.ok()) return hosts.status();
    const auto target = FindHostTarget(command_.argument, settings_.filter, hosts->message);
    if (!target.ok()) return target.status();
    v1::RevokeHostRequest request;
    request.set_stack(target->stack);
    request.set_host(target->host);
    request.set_env(target->env);
    absl::Status sure =
        AskFor("Revoke", *target,
               "Its stream ends at once, and what is open of it; it can join again only with a "
               "token that it has not joined with.");
    if (!sure.ok()) return sure;
    const auto revoked = Post<v1::RevokeHostResponse>("/api/v1/hosts/revoke", request);
    if (!revoked.ok()) return revoked.status();
    const v1::RevokeHostResponse& message = revoked->message;
    std::string note;
    if (!message.readmitting_tokens().empty()) {
      note =
          "It has not joined with these tokens: a host that has one, this one too, joins under the "
          "name again at once. To prevent that:\n";
    }
    for (const std::string& id : message.readmitting_tokens()) {
      absl::StrAppend(&note, "  faultline token revoke ", TerminalText(id, 100), "\n");
    }
    for (const std::string& id : message.open_tokens()) {
      absl::StrAppend(&note, "The token it joined with still lets other hosts in. To end that: ",
                      "faultline token revoke ", TerminalText(id, 100), "\n");
    }
    return Print(*revoked,
                 absl::StrCat("Revoked ", HostPath(message.stack(), message.host()), ", ",
                              message.certificates(),
                              message.certificates() == 1 ? " certificate.\n" : " certificates.\n"),
                 std::move(note));
  }

  absl::StatusOr<Changed> HostForget() {
    const auto hosts = client_.Get<v1::ListHostsResponse>("/api/v1/hosts");
    if (!hosts.ok()) return hosts.status();
    const auto target = FindListedHost(command_.argument, settings_.filter, hosts->message);
    if (!target.ok()) return target.status();
    v1::ForgetHostRequest request;
    request.set_stack(target->stack);
    request.set_host(target->host);
    request.set_env(target->env);
    absl::Status sure =
        AskFor("Forget", *target,
               "It is taken out of every list and what is open of it ends; if its agent connects "
               "again, it is new.");
    if (!sure.ok()) return sure;
    const auto forgotten = Post<v1::ForgetHostResponse>("/api/v1/hosts/forget", request);
    if (!forgotten.ok()) return forgotten.status();
    const v1::ForgetHostResponse& message = forgotten->message;
    std::string note;
    if (message.may_return()) {
      // It is in no list any more that would tell what STACK-ENV means.
      const std::string& env = message.stack().env();
      note = absl::StrCat(
          "It still has a certificate: it comes back when its agent is started. To "
          "prevent that: faultline host revoke ",
          TerminalText(message.stack().stack(), 100), "/", TerminalText(message.host(), 100),
          env.empty() ? "" : " --env " + TerminalText(env, 100), "\n");
    }
    return Print(*forgotten,
                 absl::StrCat("Forgot ", HostPath(message.stack(), message.host()), ".\n"),
                 std::move(note));
  }

  absl::StatusOr<Changed> NotifyTest() {
    Span wait = Span::Seconds(15);
    if (Has("--wait") && (!ParseSpan(Option("--wait"), &wait) || wait.ns <= 0)) {
      return absl::InvalidArgumentError(absl::StrCat("--wait is a time such as 30s, not '",
                                                     TerminalText(Option("--wait"), 100), "'"));
    }
    v1::TestChannelRequest request;
    request.set_channel(command_.argument);
    const auto begun = Post<v1::ChannelTest>("/api/v1/channels/test", request);
    if (!begun.ok()) return begun.status();
    const SystemClock clock;
    for (const MonoTime end = clock.Mono() + wait;;) {
      const auto channels = client_.Get<v1::ListChannelsResponse>("/api/v1/channels");
      if (!channels.ok()) return channels.status();
      for (const v1::ChannelStatus& channel : channels->message.channels()) {
        const bool is_it = channel.name() == command_.argument &&
                           channel.last_test().number() == begun->message.number();
        if (is_it && channel.last_test().finished()) return TestEnded(channel);
      }
      if (clock.Mono() >= end) {
        return absl::FailedPreconditionError(absl::StrCat(
            "no answer within ", FormatSpan(wait), "; what came of it is in: faultline status"));
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  }

 private:
  // OK when it may be done.
  absl::Status AskFor(const char* verb, const HostTarget& target, const char* what) const {
    if (Has("--yes")) return absl::OkStatus();
    v1::StackRef stack;
    stack.set_stack(target.stack);
    stack.set_env(target.env);
    const auto sure = confirm_(absl::StrCat(
        verb, " ", TerminalText(HostPath(stack, target.host), 150), "? ", what, " [y/N] "));
    if (!sure) {
      return absl::InvalidArgumentError("there is no terminal to ask at; confirm with --yes");
    }
    return *sure ? absl::OkStatus() : absl::CancelledError("nothing was changed");
  }

  absl::StatusOr<Changed> TestEnded(const v1::ChannelStatus& channel) const {
    const v1::ChannelTest& test = channel.last_test();
    const std::string answer = TerminalText(test.answer(), 300);
    if (!test.delivered()) {
      return absl::FailedPreconditionError(
          absl::StrCat(TerminalText(channel.name(), 64), " did not take it: ", answer));
    }
    if (settings_.output == Output::kJson) {
      std::string json;
      google::protobuf::util::JsonPrintOptions options;
      options.preserve_proto_field_names = true;
      const auto made = google::protobuf::util::MessageToJsonString(test, &json, options);
      if (!made.ok()) return absl::InternalError(TerminalText(made.ToString()));
      return Print(Answer<v1::ChannelTest>{test, std::move(json)}, "", "");
    }
    return Changed{absl::StrCat(TerminalText(channel.name(), 64), " took it: ", answer, "\n"), ""};
  }

  std::string Option(const std::string& name) const {
    const auto found = command_.options.find(name);
    return found == command_.options.end() ? "" : found->second;
  }
  bool Has(const std::string& name) const { return command_.options.count(name) > 0; }

  template <typename Message>
  absl::StatusOr<Answer<Message>> Post(const std::string& path,
                                       const google::protobuf::Message& request) const {
    if (absl::Status may = CheckKeyMayTravel(settings_.collector); !may.ok()) return may;
    const auto key = ReadOperatorKey(settings_.operator_key_file);
    if (!key.ok()) return key.status();
    std::string json;
    const auto made = google::protobuf::util::MessageToJsonString(request, &json);
    if (!made.ok()) return absl::InternalError(TerminalText(made.ToString()));
    return client_.Post<Message>(path, json, *key);
  }

  template <typename Message>
  absl::StatusOr<Changed> Print(const Answer<Message>& answer, std::string text,
                                std::string note) const {
    if (settings_.output != Output::kJson) return Changed{std::move(text), std::move(note)};
    auto json = PrettyJson(answer.json);
    if (!json.ok()) {
      return absl::InternalError(
          absl::StrCat("the collector's answer is ", json.status().message()));
    }
    return Changed{*std::move(json), ""};
  }

  const ParsedCommand& command_;
  const Settings& settings_;
  const Client& client_;
  const Confirm& confirm_;
};

}  // namespace

absl::StatusOr<Changed> Change(const ParsedCommand& command, const Settings& settings,
                               const Client& client, const Confirm& confirm) {
  Changer changer(command, settings, client, confirm);
  switch (command.command->action) {
    case Action::kTokenCreate:
      return changer.TokenCreate();
    case Action::kTokenRevoke:
      return changer.TokenRevoke();
    case Action::kNotifyTest:
      return changer.NotifyTest();
    case Action::kHostForget:
      return changer.HostForget();
    default:
      return changer.HostRevoke();
  }
}

}  // namespace faultline::cli
