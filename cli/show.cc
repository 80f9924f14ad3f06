#include "cli/show.h"

#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/json_text.h"
#include "cli/live_picture.h"
#include "cli/render_parts.h"
#include "cli/suggest.h"
#include "cli/terminal_text.h"
#include "google/protobuf/util/json_util.h"

namespace faultline::cli {
namespace {

// A path with a query of those parameters that are not empty.
std::string Path(const std::string& path,
                 const std::vector<std::pair<const char*, std::string>>& parameters) {
  std::string out = path;
  char separator = '?';
  for (const auto& [name, value] : parameters) {
    if (value.empty()) continue;
    absl::StrAppend(&out, std::string(1, separator), name, "=", EscapeQuery(value));
    separator = '&';
  }
  return out;
}

// As the collector writes it, for what was put together here.
absl::StatusOr<std::string> ToJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(message, &json, options);
  if (!status.ok()) return absl::InternalError(TerminalText(status.ToString()));
  return PrettyJson(json);
}

class Shower {
 public:
  Shower(const ParsedCommand& command, const Settings& settings, const Client& client,
         const View& view)
      : command_(command), settings_(settings), client_(client), view_(view) {}

  absl::StatusOr<Shown> Status() {
    absl::StatusOr<Answer<v1::Status>> status = client_.Get<v1::Status>("/api/v1/status");
    if (!status.ok()) return status.status();
    const bool narrowed = !settings_.filter.empty();
    if (narrowed) {
      // The API's status is of all stacks: this one's is counted from its parts.
      auto hosts = client_.Get<v1::ListHostsResponse>(Path("/api/v1/hosts", Stack()));
      if (!hosts.ok()) return hosts.status();
      auto checks = client_.Get<v1::ListChecksResponse>(Path("/api/v1/checks", Stack()));
      if (!checks.ok()) return checks.status();
      auto alerts = client_.Get<v1::ListAlertsResponse>(Path("/api/v1/alerts", Stack()));
      if (!alerts.ok()) return alerts.status();
      LivePicture picture(settings_.filter);
      picture.Replace({status->message, std::move(hosts->message), std::move(checks->message),
                       std::move(alerts->message)});
      status->message = picture.ToStatus(ToWallTime(status->message.now()));
    }
    const v1::Status& message = status->message;
    auto shown = Print(*status, narrowed, RenderStatus(message, settings_.collector, view_));
    if (shown.ok()) {
      shown->trouble = message.checks_critical() > 0 || !message.open_incidents().empty() ||
                       HasStuckChannel(message) || !message.unheard_hosts().empty() ||
                       message.has_reload_refused();
    }
    return shown;
  }

  absl::StatusOr<Shown> HostList() {
    auto hosts = client_.Get<v1::ListHostsResponse>(Path("/api/v1/hosts", Stack()));
    if (!hosts.ok()) return hosts.status();
    return Print(*hosts, false, RenderHosts(hosts->message, view_));
  }

  absl::StatusOr<Shown> HostShow() {
    auto hosts = client_.Get<v1::ListHostsResponse>(Path("/api/v1/hosts", Stack()));
    if (!hosts.ok()) return hosts.status();
    std::vector<const v1::Host*> found;
    std::vector<std::string> names;
    for (const v1::Host& host : hosts->message.hosts()) {
      names.push_back(host.name());
      if (host.name() == command_.argument) found.push_back(&host);
    }
    if (found.empty()) return Unknown("host", names, "host list");
    if (found.size() > 1) return Ambiguous(found, "is in several stacks", "--stack and --env");
    const v1::Host& host = *found[0];
    if (settings_.output == Output::kJson) return PrintJson(ToJson(host));
    auto checks = client_.Get<v1::ListChecksResponse>(Path(
        "/api/v1/checks",
        {{"stack", host.stack().stack()}, {"env", host.stack().env()}, {"host", host.name()}}));
    if (!checks.ok()) return checks.status();
    return Shown{RenderHost(host, checks->message, view_)};
  }

  absl::StatusOr<Shown> CheckList() {
    auto parameters = Stack();
    parameters.emplace_back("host", Option("--host"));
    parameters.emplace_back("state", Option("--state"));
    parameters.emplace_back("kind", Option("--kind"));
    auto checks = client_.Get<v1::ListChecksResponse>(Path("/api/v1/checks", parameters));
    if (!checks.ok()) return checks.status();
    return Print(*checks, false, RenderChecks(checks->message, view_));
  }

  absl::StatusOr<Shown> CheckShow() {
    auto parameters = Stack();
    parameters.emplace_back("host", Option("--host"));
    auto checks = client_.Get<v1::ListChecksResponse>(Path("/api/v1/checks", parameters));
    if (!checks.ok()) return checks.status();
    std::vector<const v1::Check*> found;
    std::vector<std::string> ids;
    for (const v1::Check& check : checks->message.checks()) {
      ids.push_back(check.id());
      if (check.id() == command_.argument) found.push_back(&check);
    }
    if (found.empty()) return Unknown("check", ids, "check list");
    if (found.size() > 1) return Ambiguous(found, "is on several hosts", "--host");
    if (settings_.output == Output::kJson) return PrintJson(ToJson(*found[0]));
    return Shown{RenderCheck(*found[0], view_)};
  }

  absl::StatusOr<Shown> AlertList() {
    auto parameters = Stack();
    parameters.emplace_back("state", Option("--state"));
    auto alerts = client_.Get<v1::ListAlertsResponse>(Path("/api/v1/alerts", parameters));
    if (!alerts.ok()) return alerts.status();
    return Print(*alerts, false, RenderAlerts(alerts->message, view_));
  }

  absl::StatusOr<Shown> IncidentList() {
    const std::string limit = Option("--limit");
    uint32_t number = 0;
    if (command_.options.count("--limit") > 0 &&
        (!absl::SimpleAtoi(limit, &number) || number < 1 || number > 1000)) {
      return absl::InvalidArgumentError(
          absl::StrCat("--limit is a number from 1 to 1000, not '", TerminalText(limit, 100), "'"));
    }
    auto parameters = Stack();
    parameters.emplace_back("state", Option("--state"));
    parameters.emplace_back("limit", limit);
    auto incidents = client_.Get<v1::ListIncidentsResponse>(Path("/api/v1/incidents", parameters));
    if (!incidents.ok()) return incidents.status();
    return Print(*incidents, false, RenderIncidents(incidents->message, view_));
  }

  absl::StatusOr<Shown> IncidentShow() {
    std::string_view text = command_.argument;
    if (!text.empty() && text.front() == '#') text.remove_prefix(1);
    uint64_t id = 0;
    if (!absl::SimpleAtoi(std::string(text), &id) || id == 0) {
      return absl::InvalidArgumentError(absl::StrCat("an incident's ID is a number, not '",
                                                     TerminalText(command_.argument, 100),
                                                     "'; see: faultline incident list"));
    }
    auto incident = client_.Get<v1::Incident>(absl::StrCat("/api/v1/incidents/", id));
    if (absl::IsNotFound(incident.status())) {
      return absl::NotFoundError(
          absl::StrCat("there is no incident ", id, "; see: faultline incident list"));
    }
    if (!incident.ok()) return incident.status();
    return Print(*incident, false, RenderIncident(incident->message, view_));
  }

  absl::StatusOr<Shown> TokenList() {
    auto tokens = client_.Get<v1::ListTokensResponse>("/api/v1/tokens");
    if (!tokens.ok()) return tokens.status();
    const bool sift = !settings_.filter.empty();
    if (sift) {
      v1::ListTokensResponse kept;
      for (const v1::Token& token : tokens->message.tokens()) {
        if (settings_.filter.Matches(token.stack())) *kept.add_tokens() = token;
      }
      if (kept.tokens().empty()) {
        if (absl::Status known = StackIsKnown(); !known.ok()) return known;
      }
      tokens->message = std::move(kept);
    }
    return Print(*tokens, sift, RenderTokens(tokens->message, view_));
  }

 private:
  std::string Option(const std::string& name) const {
    const auto found = command_.options.find(name);
    return found == command_.options.end() ? "" : found->second;
  }

  // Nothing was found in it: NotFound says what was meant, when no such stack is there.
  absl::Status StackIsKnown() const {
    return client_.Get<v1::ListHostsResponse>(Path("/api/v1/hosts", Stack())).status();
  }

  std::vector<std::pair<const char*, std::string>> Stack() const {
    return {{"stack", settings_.filter.stack}, {"env", settings_.filter.env}};
  }

  static absl::StatusOr<Shown> PrintJson(absl::StatusOr<std::string> json) {
    if (!json.ok()) {
      return absl::InternalError(
          absl::StrCat("the collector's answer is ", json.status().message()));
    }
    return Shown{*std::move(json)};
  }

  // `changed`: the message is no longer what the answer's text says.
  template <typename Message>
  absl::StatusOr<Shown> Print(const Answer<Message>& answer, bool changed, std::string text) const {
    if (settings_.output != Output::kJson) return Shown{std::move(text)};
    return PrintJson(changed ? ToJson(answer.message) : PrettyJson(answer.json));
  }

  absl::Status Unknown(const char* noun, const std::vector<std::string>& known,
                       const char* list) const {
    const std::string closest = Closest(command_.argument, known);
    return absl::NotFoundError(
        absl::StrCat("there is no ", noun, " '", TerminalText(command_.argument, 300), "'",
                     closest.empty() ? "" : absl::StrCat("; did you mean '", closest, "'?"),
                     closest.empty() ? "; see: faultline " : " See: faultline ", list));
  }

  static std::string Place(const v1::Host& host) { return StackName(host.stack()); }
  static std::string Place(const v1::Check& check) { return HostPath(check.stack(), check.host()); }

  template <typename Thing>
  absl::Status Ambiguous(const std::vector<const Thing*>& found, const char* is_where,
                         const char* option) const {
    std::vector<std::string> places;
    for (const Thing* thing : found) {
      if (places.size() < 10) places.push_back(Place(*thing));
    }
    return absl::InvalidArgumentError(absl::StrCat("'", TerminalText(command_.argument, 300), "' ",
                                                   is_where, " (", absl::StrJoin(places, ", "),
                                                   "); say which with ", option));
  }

  const ParsedCommand& command_;
  const Settings& settings_;
  const Client& client_;
  const View& view_;
};

}  // namespace

absl::StatusOr<Shown> Show(const ParsedCommand& command, const Settings& settings,
                           const Client& client, const View& view) {
  Shower shower(command, settings, client, view);
  switch (command.command->action) {
    case Action::kStatus:
      return shower.Status();
    case Action::kHostList:
      return shower.HostList();
    case Action::kHostShow:
      return shower.HostShow();
    case Action::kCheckList:
      return shower.CheckList();
    case Action::kCheckShow:
      return shower.CheckShow();
    case Action::kAlertList:
      return shower.AlertList();
    case Action::kIncidentList:
      return shower.IncidentList();
    case Action::kIncidentShow:
      return shower.IncidentShow();
    case Action::kTokenList:
      return shower.TokenList();
    case Action::kWatch:
    case Action::kCompletion:
    case Action::kHostRevoke:
    case Action::kHostForget:
    case Action::kTokenCreate:
    case Action::kTokenRevoke:
    case Action::kNotifyTest:
    case Action::kStackVerify:
      break;
  }
  return absl::InternalError("this command shows nothing");
}

}  // namespace faultline::cli
