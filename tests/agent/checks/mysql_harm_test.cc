// A probe never harms what it watches: hours of probes of every kind that touches MySQL, against a
// real server that looks up its clients' names, as a server does by default.
#include <sys/socket.h>

#include "agent/host/endpoint.h"
#include "agent/host/fd.h"
#include "agent/host/mysql_session.h"
#include "tests/agent/checks/mysql_testing.h"
#include "tests/fakes/net_namespace.h"
#include "tests/fakes/simulated_loop.h"

namespace faultline::checks {
namespace {

constexpr char kServerAddress[] = "10.99.0.1";
constexpr char kHosts[] = "127.0.0.1 localhost\n10.99.0.1 app-1.faultline.test\n";

class MySqlHarmTest : public MySqlServerTest {
 protected:
  void SetUp() override {
    MySqlServerTest::SetUp();
    if (IsSkipped()) return;
    if (geteuid() != 0)
      GTEST_SKIP() << "needs root: a network namespace and a hosts file of its own";
    network_ = std::make_unique<fakes::EnteredNetNamespace>(kServerAddress);
    if (!network_->entered()) GTEST_SKIP() << "no network namespaces here (or no ip from iproute2)";
    StartServer({.address = kServerAddress, .hosts = kHosts});
    server_->Sql("CREATE USER app@'%' IDENTIFIED BY 'app'");
  }
  void TearDown() override {
    checks_.clear();
    server_.reset();
    network_.reset();
  }

  host::MySqlFailure ApplicationLogsIn() const {
    return host::OpenMySqlSession({.host = kServerAddress,
                                   .port = server_->port(),
                                   .user = "app",
                                   .timeout = Span::Seconds(5)},
                                  host::Secret("app"))
        .failure;
  }
  // What locks a host out: connections that end before the login.
  void BreakHandshakes(int times) const {
    const host::IpAddress address = *host::ParseIpAddress(kServerAddress);
    sockaddr_storage storage;
    const socklen_t size =
        host::FillSockaddr(address, static_cast<uint16_t>(server_->port()), &storage);
    for (int i = 0; i < times; ++i) {
      const host::Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
      ASSERT_EQ(connect(fd.get(), reinterpret_cast<sockaddr*>(&storage), size), 0);
      char greeting[256];
      ASSERT_GT(read(fd.get(), greeting, sizeof(greeting)), 0);
    }
    // Counted and logged by threads of the server's, a moment later.
    ASSERT_TRUE(fakes::PrivateMariaDb::Until([&] {
      const std::string line = server_->Sql("SHOW GLOBAL STATUS LIKE 'Aborted_connects'");
      return std::atoi(line.substr(line.find('\t') + 1).c_str()) >= times;
    }));
  }

  void Add(const config::CheckConfig& config) {
    ASSERT_EQ(ConfigError(config), "");
    sinks_.push_back(std::make_unique<RecordingSink>());
    const CheckContext context{simulated_, workers_,       *systemd_,
                               stepped_,   *sinks_.back(), directory_.path};
    checks_.push_back(FindCheckKind(config.id.kind)->make(config, context));
    checks_.back()->Start();
  }
  bool UntilEachSaid(size_t times) {
    return simulated_.Until([&] {
      for (const auto& sink : sinks_) {
        if (sink->seen.size() < times) return false;
      }
      return true;
    });
  }

  fakes::SteppedClock stepped_;
  fakes::SimulatedLoop simulated_{stepped_};
  std::unique_ptr<fakes::EnteredNetNamespace> network_;
  std::vector<std::unique_ptr<RecordingSink>> sinks_;
  std::vector<std::unique_ptr<Check>> checks_;
};

TEST_F(MySqlHarmTest, TheServerHereReallyLocksOutAHostThatBreaksHandshakes) {
  BreakHandshakes(100);
  EXPECT_EQ(ApplicationLogsIn().number, 1129);
  config::CheckConfig config = MySql();
  Add(config);
  ASSERT_TRUE(UntilEachSaid(1));
  EXPECT_TRUE(sinks_[0]->Saw(State::kCritical, "HOST_BLOCKED")) << sinks_[0]->seen.back().detail;
  EXPECT_THAT(sinks_[0]->seen.back().evidence[0].text, testing::HasSubstr("error 1129"));
}

TEST_F(MySqlHarmTest, TenThousandProbesWithAWrongPasswordLeaveTheApplicationItsLogin) {
  // As near to the lock as one may come: what the probes add decides.
  BreakHandshakes(80);
  SetPassword("wrong");
  config::CheckConfig mysql = MySql();
  mysql.interval = Span::Seconds(1);
  config::CheckConfig other = mysql;
  other.id.name = "other";
  config::CheckConfig port = Config("port", server_->endpoint());
  port.interval = Span::Seconds(1);
  SetOption(&port, "probe", {"half_open"});
  config::CheckConfig listener = Config("listener", std::to_string(server_->port()));
  const size_t lines = server_->LogLines();
  Add(mysql);
  Add(other);
  Add(port);
  ASSERT_TRUE(UntilEachSaid(1));
  Add(listener);
  ASSERT_TRUE(UntilEachSaid(1));

  for (size_t i = 0; i < 10'000; ++i) {
    const size_t said = sinks_[0]->seen.size();
    // The collector asks as well, now and then.
    if (i % 50 == 0) checks_[0]->LookNow([] {});
    simulated_.Advance(Span::Seconds(1));
    ASSERT_TRUE(simulated_.Until([&] {
      return sinks_[0]->seen.size() > said && sinks_[1]->seen.size() > i + 1 &&
             sinks_[2]->seen.size() > i + 1;
    })) << i;
  }

  EXPECT_TRUE(sinks_[0]->Saw(State::kUnknown, "AUTH_DENIED")) << sinks_[0]->seen.back().detail;
  EXPECT_TRUE(sinks_[2]->Saw(State::kOk, "")) << sinks_[2]->seen.back().detail;
  EXPECT_TRUE(sinks_[3]->Saw(State::kOk, "")) << sinks_[3]->seen.back().detail;
  const size_t grown = server_->LogLines() - lines;
  RecordProperty("log_lines", static_cast<int>(grown));
  EXPECT_LE(grown, 12u) << server_->Log();
  const host::MySqlFailure application = ApplicationLogsIn();
  EXPECT_FALSE(application.failed()) << application.number << " " << application.text;
}

}  // namespace
}  // namespace faultline::checks
