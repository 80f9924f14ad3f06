#include "agent/host/bus_pulse.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace faultline::host {
namespace {

constexpr Span kConnectPatience = Span::Seconds(5);
constexpr int kMaxSilences = 2;
constexpr char kLook[] = "; is dbus hung? Look at systemctl status dbus";

}  // namespace

BusPulse::BusPulse(Loop& loop, BusConnection& connection,
                   std::function<void(const absl::Status&)> on_silent, Span ask_every)
    : loop_(loop),
      connection_(connection),
      ask_every_(ask_every),
      on_silent_(std::move(on_silent)) {
  timer_ = loop_.After(kConnectPatience, [this] {
    Silent(absl::StrCat("systemd's bus did not answer within ", FormatSpan(kConnectPatience)));
  });
}

void BusPulse::OnReady() {
  silences_ = 0;
  asking_.reset();
  timer_ = loop_.Every(ask_every_, ask_every_, [this] {
    if (asking_ == nullptr) Ask();
  });
}

void BusPulse::Ask() {
  asking_ = connection_.Call({.destination = "org.freedesktop.systemd1",
                              .path = "/org/freedesktop/systemd1",
                              .interface = "org.freedesktop.DBus.Properties",
                              .member = "Get",
                              .arguments = {"org.freedesktop.systemd1.Manager", "SystemState"}},
                             [this](const absl::Status& error, sd_bus_message*) {
                               asking_.reset();
                               // Any answer will do.
                               if (!absl::IsDeadlineExceeded(error)) {
                                 silences_ = 0;
                               } else if (++silences_ < kMaxSilences) {
                                 Ask();
                               } else {
                                 Silent("systemd does not answer on its bus any more");
                               }
                             });
}

void BusPulse::Silent(const std::string& why) {
  timer_.reset();
  const std::function<void(const absl::Status&)> on_silent = std::move(on_silent_);
  on_silent(absl::UnavailableError(absl::StrCat(why, kLook)));
}

}  // namespace faultline::host
