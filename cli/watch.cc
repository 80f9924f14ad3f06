#include "cli/watch.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iostream>
#include <optional>

#include "absl/strings/str_cat.h"
#include "cli/feed.h"
#include "cli/render.h"
#include "cli/style.h"
#include "cli/terminal.h"
#include "cli/terminal_text.h"

namespace faultline::cli {
namespace {

constexpr Span kRedraw = Span::Seconds(1);   // ages move on
constexpr Span kSoonest = Span::Millis(50);  // a storm of changes costs twenty screens a second
constexpr Span kPollWait = Span::Seconds(30);

absl::Status CannotWrite() {
  return absl::InternalError(absl::StrCat("cannot write the output: ", strerror(errno)));
}

absl::Status WatchLines(Feed& feed, const Settings& settings, const StopSignals& stop) {
  const SystemClock clock;
  while (!stop.Asked()) {
    absl::StatusOr<FeedNews> news = feed.Poll(kPollWait, stop.fd());
    if (stop.Asked()) break;
    if (!news.ok()) return news.status();
    if (!news->notice.empty()) {
      std::cerr << "faultline: " << TerminalText(news->notice, 1024) << std::endl;
    }
    std::string out;
    const View view{.color = settings.color, .now = clock.Now()};
    for (const v1::LiveEvent& change : news->changes) out += RenderChange(change, view);
    for (const std::string& line : news->json) absl::StrAppend(&out, line, "\n");
    if (!WriteOut(out)) return CannotWrite();
  }
  return absl::OkStatus();
}

absl::Status WatchScreen(Feed& feed, const Settings& settings, const StopSignals& stop) {
  std::optional<AlternateScreen> screen;  // only once there is something to show
  std::string trouble;
  const SystemClock clock;
  MonoTime drawn;
  bool changed = true;
  while (!stop.Asked()) {
    const Span rest = drawn + (changed ? kSoonest : kRedraw) - clock.Mono();
    absl::StatusOr<FeedNews> news =
        feed.Poll(screen ? std::max(rest, Span{0}) : kPollWait, stop.fd());
    if (stop.Asked()) break;
    if (!news.ok()) return news.status();
    if (!news->notice.empty()) trouble = feed.connected() ? "" : news->notice;
    if (!feed.connected() && !screen) continue;
    changed = changed || !news->changes.empty() || !news->notice.empty();
    if (clock.Mono() - drawn < (changed ? kSoonest : kRedraw)) continue;

    if (!screen) screen.emplace();
    const TerminalSize size = GetTerminalSize();
    const v1::Status status = feed.picture().ToStatus(feed.CollectorNow());
    const View view{
        .color = settings.color, .wide = settings.output == Output::kWide, .width = size.width};
    const std::string footer =
        trouble.empty() ? Paint("Live. Ctrl-C ends.", Style::kFaint, settings.color)
                        : Paint(FitWidth(absl::StrCat("NOT LIVE: ", TerminalText(trouble, 1024)),
                                         size.width == 0 ? 80 : size.width),
                                Style::kBad, settings.color);
    if (!screen->Draw(RenderStatus(status, settings.collector, view), footer, size)) {
      return CannotWrite();
    }
    drawn = clock.Mono();
    changed = false;
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Watch(const Settings& settings, bool screen) {
  const StopSignals stop;
  HttpOptions http{.collector = settings.collector,
                   .timeout = settings.timeout,
                   .cancelled = [&stop] { return stop.Asked(); }};
  const bool json = settings.output == Output::kJson;
  Feed feed(std::move(http), settings.filter, /*with_picture=*/!json);
  return screen && !json ? WatchScreen(feed, settings, stop) : WatchLines(feed, settings, stop);
}

}  // namespace faultline::cli
