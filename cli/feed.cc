#include "cli/feed.h"

#include <poll.h>

#include <algorithm>
#include <cmath>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/json_text.h"
#include "cli/render_parts.h"
#include "common/identity.h"

namespace faultline::cli {
namespace {

// Of an older collector: "<stack>-<env>/<host>/<check id>", where the first two may hold dashes
// themselves.
bool RemovedPasses(const std::string& path, const StackFilter& filter) {
  const std::string stack = path.substr(0, path.find('/'));
  if (!filter.stack.empty() && !filter.env.empty()) {
    return stack == StackId{filter.stack, filter.env}.ToString();
  }
  return filter.stack.empty()
             ? absl::EndsWith(stack, absl::StrCat("-", filter.env))
             : stack == filter.stack || absl::StartsWith(stack, absl::StrCat(filter.stack, "-"));
}

}  // namespace

bool Passes(const v1::LiveEvent& event, const StackFilter& filter) {
  if (filter.empty()) return true;
  switch (event.change_case()) {
    case v1::LiveEvent::kHost:
      return filter.Matches(event.host().stack());
    case v1::LiveEvent::kCheck:
      return filter.Matches(event.check().stack());
    case v1::LiveEvent::kAlert:
      return filter.Matches(event.alert().stack());
    case v1::LiveEvent::kIncident:
      return filter.Matches(event.incident().stack());
    case v1::LiveEvent::kCheckRemoved:
      return event.has_removed_of() ? filter.Matches(event.removed_of())
                                    : RemovedPasses(event.check_removed(), filter);
    case v1::LiveEvent::kResync:
      return true;
    case v1::LiveEvent::CHANGE_NOT_SET:
      break;
  }
  return false;
}

Span ReconnectDelay(int attempt, double random) {
  const double most = std::min(5000.0, 250.0 * std::pow(2.0, std::clamp(attempt, 0, 10)));
  return Span::Millis(static_cast<int64_t>(100 + (most - 100) * std::clamp(random, 0.0, 1.0)));
}

Feed::Feed(HttpOptions http, StackFilter filter, bool with_picture)
    : http_(std::move(http)),
      filter_(filter),
      with_picture_(with_picture),
      client_(http_),
      picture_(std::move(filter)) {}

absl::StatusOr<FeedNews> Feed::Poll(Span timeout, int wake_fd) {
  FeedNews news;
  if (stream_ == nullptr) {
    const Span left = next_try_ - clock_.Mono();
    if (ever_connected_ && left.ns > 0) {
      pollfd wake{wake_fd, POLLIN, 0};
      // Rounded up: a wait of 0 would spin.
      poll(&wake, 1, static_cast<int>(std::min(left.ns, timeout.ns) / 1'000'000 + 1));
      return news;
    }
    stream_ = std::make_unique<EventStream>(http_, &parser_);
    greeted_ = false;
    just_loaded_ = false;
  }
  std::vector<SseEvent> events;
  const absl::Status state = stream_->Poll(timeout, wake_fd, &events);
  absl::Status trouble;
  if (stream_->open() && !greeted_) {
    greeted_ = true;
    if (!ever_connected_ && !filter_.empty()) trouble = StackIsKnown();
    if (trouble.ok() && with_picture_ && must_load_) trouble = Load(&news);
    if (trouble.ok()) {
      attempt_ = 0;
      ever_connected_ = true;
      news.notice = absl::StrCat("connected to ", http_.collector);
    }
  }
  if (trouble.ok()) trouble = Take(events, &news);
  if (trouble.ok()) trouble = state;
  if (!trouble.ok()) {
    if (!ever_connected_) return trouble;
    Lose(trouble, &news);
  }
  return news;
}

absl::Status Feed::Take(const std::vector<SseEvent>& events, FeedNews* news) {
  for (const SseEvent& event : events) {
    if (event.type != "change" && event.type != "message") continue;
    v1::LiveEvent change;
    const absl::Status parsed = ParseJson(event.data, &change);
    if (!parsed.ok()) return parsed;
    if (change.change_case() == v1::LiveEvent::kResync && !just_loaded_) must_load_ = true;
    just_loaded_ = false;
    if (!Passes(change, filter_)) continue;
    if (!with_picture_) {
      absl::StatusOr<std::string> line = CompactJson(event.data);
      if (!line.ok()) return absl::InternalError(line.status().message());
      news->json.push_back(*std::move(line));
    } else if (picture_.Apply(change)) {
      news->changes.push_back(std::move(change));
    }
  }
  return with_picture_ && must_load_ && stream_->open() ? Load(news) : absl::OkStatus();
}

// Of a mistyped name nothing would ever come.
absl::Status Feed::StackIsKnown() {
  std::vector<std::string> parameters;
  if (!filter_.stack.empty()) parameters.push_back("stack=" + EscapeQuery(filter_.stack));
  if (!filter_.env.empty()) parameters.push_back("env=" + EscapeQuery(filter_.env));
  const std::string path = absl::StrCat("/api/v1/hosts?", absl::StrJoin(parameters, "&"));
  return client_.Get<v1::ListHostsResponse>(path).status();
}

absl::Status Feed::Load(FeedNews* news) {
  auto status = client_.Get<v1::Status>("/api/v1/status");
  if (!status.ok()) return status.status();
  auto hosts = client_.Get<v1::ListHostsResponse>("/api/v1/hosts");
  if (!hosts.ok()) return hosts.status();
  auto checks = client_.Get<v1::ListChecksResponse>("/api/v1/checks");
  if (!checks.ok()) return checks.status();
  auto alerts = client_.Get<v1::ListAlertsResponse>("/api/v1/alerts?state=pending,firing");
  if (!alerts.ok()) return alerts.status();
  now_at_load_ = status->message.has_now() ? ToWallTime(status->message.now()) : clock_.Now();
  loaded_at_ = clock_.Mono();
  const bool first = !ever_connected_;
  std::vector<v1::LiveEvent> changes =
      picture_.Replace({std::move(status->message), std::move(hosts->message),
                        std::move(checks->message), std::move(alerts->message)});
  // The first time everything is new, and nothing has changed.
  if (!first) {
    for (v1::LiveEvent& change : changes) news->changes.push_back(std::move(change));
  }
  must_load_ = false;
  just_loaded_ = true;
  return absl::OkStatus();
}

void Feed::Lose(const absl::Status& why, FeedNews* news) {
  stream_.reset();
  const double random = std::uniform_real_distribution<double>(0, 1)(random_);
  next_try_ = clock_.Mono() + ReconnectDelay(attempt_++, random);
  news->notice = absl::StrCat(why.message(), "; trying again");
}

}  // namespace faultline::cli
