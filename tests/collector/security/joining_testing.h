// A Joining on a real directory, with hosts and time in the test's hand.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "collector/security/joining.h"
#include "common/tls/certificate.h"
#include "tests/collector/security/host_key.h"
#include "tests/collector/security/joining_samples.h"
#include "tests/fakes/manual_clock.h"
#include "tests/fakes/temp_directory.h"

namespace faultline::security {

class FakeLiveHosts : public pipeline::LiveHosts {
 public:
  void Connect(const HostId& host) { hosts_[host] = {.connected = true}; }
  // Last heard at the beginning of time.
  void Disconnect(const HostId& host) { hosts_[host] = {}; }
  void Set(const HostId& host, const pipeline::HostPresence& presence) { hosts_[host] = presence; }
  // Called whenever it is asked.
  void set_on_asked(std::function<void()> listener) { on_asked_ = std::move(listener); }

  pipeline::HostPresence PresenceOf(const HostId& host) const override {
    if (on_asked_) on_asked_();
    const auto found = hosts_.find(host);
    return found == hosts_.end() ? pipeline::HostPresence() : found->second;
  }

 private:
  std::map<HostId, pipeline::HostPresence> hosts_;
  std::function<void()> on_asked_;
};

inline constexpr char kPeer[] = "ipv4:10.0.1.5:40000";

inline std::string Text(const absl::Status& status) { return std::string(status.message()); }

class JoiningFixture : public testing::Test {
 protected:
  JoiningFixture() { Open(); }
  // What happened is one of the outcomes that /metrics has from the start.
  ~JoiningFixture() override {
    if (joining_ == nullptr) return;
    const Outcomes known = JoiningTally().outcomes();
    for (const auto& [outcome, count] : joining_->Numbers().outcomes) {
      EXPECT_TRUE(known.contains(outcome)) << outcome.first << " " << outcome.second;
    }
  }

  // Also after a Close, as another process would.
  void Open() {
    auto joining = Joining::Open(options_, live_, clock_);
    ASSERT_TRUE(joining.ok()) << joining.status();
    joining_ = *std::move(joining);
    joining_->set_on_ended([this](const HostId& host, const std::string&) { ended_.insert(host); });
  }
  void Close() { joining_.reset(); }

  std::string Token(int64_t uses = 1, bool replace = false, Span ttl = Span::Seconds(86'400)) {
    const auto created = joining_->CreateToken(
        {.stack = kDb1.stack, .roles = {"db"}, .replace = replace, .uses = uses, .ttl = ttl},
        "the test");
    EXPECT_TRUE(created.ok()) << created.status();
    return created->text;
  }
  absl::StatusOr<Granted> Enrol(const std::string& token, const HostKey& key,
                                const std::string& host = "db-1", const std::string& peer = kPeer,
                                const std::string& role = "") {
    return joining_->Enrol({.token = token,
                            .certificate_request = key.Request(),
                            .host = host,
                            .instance_id = "i-0abc",
                            .addresses = {"10.0.1.5"},
                            .role = role},
                           peer);
  }
  absl::StatusOr<Granted> Renew(const std::string& certificate, const HostKey& old_key,
                                const HostKey& new_key) {
    const std::string request = new_key.Request();
    return joining_->Renew({.certificate = certificate,
                            .certificate_request = request,
                            .signature = old_key.SignRenewal(request)},
                           kPeer);
  }
  absl::Status Admit(const Granted& granted) {
    return joining_->standing().Admit(SerialOf(granted));
  }
  static std::string SerialOf(const Granted& granted) {
    return tls::SerialOf(ParseDer(granted.certificate).get());
  }
  void Settle() { clock_.Advance(kSettling); }
  // What has ended is forgotten now and then, with the next call of a host.
  void ForgetWhatEnded() {
    clock_.Advance(Span::Seconds(3601));
    Enrol(Token(), HostKey(), "other").IgnoreError();
  }
  // Nothing can be written to the registry, as on a full disk; what is there can be read.
  void FillDisk() {
    OnRegistry(
        "CREATE TRIGGER full BEFORE UPDATE ON certificates BEGIN SELECT "
        "RAISE(ABORT, 'the disk is full'); END");
  }
  void FreeDisk() { OnRegistry("DROP TRIGGER full"); }
  void OnRegistry(const std::string& sql) {
    const auto db =
        store::Connection::Open(options_.directory + "/joining.db", store::Access::kWriter);
    ASSERT_TRUE(db.ok()) << db.status();
    const absl::Status done = (*db)->Execute(sql);
    ASSERT_TRUE(done.ok()) << done;
  }

  const fakes::TempDirectory temp_;
  JoiningOptions options_{.directory = temp_ / "authority"};
  fakes::ManualClock clock_{SystemClock().Now()};
  FakeLiveHosts live_;
  std::set<HostId> ended_;
  std::unique_ptr<Joining> joining_;
};

}  // namespace faultline::security
