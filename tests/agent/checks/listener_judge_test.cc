#include "agent/checks/listener_judge.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace faultline::checks {
namespace {

host::ListeningSocket On(const std::string& address, bool v6_only = false, uint64_t cgroup = 0) {
  host::ListeningSocket socket;
  socket.address = host::ParseIpAddress(address).value();
  socket.port = 3306;
  socket.v6_only = v6_only;
  socket.uid = 112;
  socket.cgroup_id = cgroup;
  socket.queue_length = 2;
  socket.queue_limit = 151;
  return socket;
}

Observation JudgeTarget(const std::vector<host::ListeningSocket>& listeners,
                        const std::string& target, const ListenerOwner& owner = {}) {
  return JudgeListeners(listeners, ParseListenerTarget(target).value(), target, owner);
}

ListenerOwner Mysql() {
  return {.unit = "mysql.service", .cgroups = {.known = true, .ids = {70, 71}}, .systemd = {1}};
}

TEST(ListenerJudgeTest, EachTargetIsServedByTheSocketsThatTakeItsConnections) {
  struct Row {
    const char* target;
    host::ListeningSocket socket;
    const char* reason;
  };
  const std::vector<Row> table = {
      {"3306", On("0.0.0.0"), ""},
      {"3306", On("::"), ""},
      {"3306", On("10.0.2.10"), ""},
      {"3306", On("127.0.0.1"), "LOOPBACK_ONLY"},
      {"3306", On("::1"), "LOOPBACK_ONLY"},
      {"3306", On("::ffff:127.0.0.1"), "LOOPBACK_ONLY"},
      {"10.0.2.10:3306", On("10.0.2.10"), ""},
      {"10.0.2.10:3306", On("::ffff:10.0.2.10"), ""},
      {"10.0.2.10:3306", On("0.0.0.0"), ""},
      {"10.0.2.10:3306", On("::"), ""},
      {"10.0.2.10:3306", On("::", true), "NOT_LISTENING"},
      {"10.0.2.10:3306", On("10.0.2.11"), "NOT_LISTENING"},
      {"10.0.2.10:3306", On("127.0.0.1"), "LOOPBACK_ONLY"},
      {"127.0.0.1:3306", On("127.0.0.1"), ""},
      {"127.0.0.1:3306", On("10.0.2.10"), "NOT_LISTENING"},
      {"127.0.0.1:3306", On("127.0.0.2"), "NOT_LISTENING"},
      {"127.0.0.1:3306", On("::1"), "NOT_LISTENING"},
      {"0.0.0.0:3306", On("0.0.0.0"), ""},
      {"[::]:3306", On("::"), ""},
      {"[::]:3306", On("0.0.0.0"), "NOT_LISTENING"},
      {"[2001:db8::1]:3306", On("::", true), ""},
  };
  for (const Row& row : table) {
    const Observation seen = JudgeTarget({row.socket}, row.target);
    EXPECT_EQ(seen.reason, row.reason) << row.target << ": " << seen.detail;
    EXPECT_EQ(seen.state, *row.reason == '\0' ? State::kOk : State::kCritical) << row.target;
  }
}

TEST(ListenerJudgeTest, NoSocketAtAllIsNotListening) {
  const Observation seen = JudgeTarget({}, "3306");
  EXPECT_EQ(seen.reason, "NOT_LISTENING");
  EXPECT_EQ(seen.detail, "nothing listens on 3306");
}

TEST(ListenerJudgeTest, OneGoodSocketAmongOthersIsEnough) {
  EXPECT_EQ(JudgeTarget({On("127.0.0.1"), On("10.0.2.10")}, "3306").detail,
            "listening on 10.0.2.10:3306");
}

TEST(ListenerJudgeTest, TheDetailNamesWhatToLookAtAndEachPlaceOnce) {
  EXPECT_EQ(JudgeTarget({On("127.0.0.1"), On("127.0.0.1"), On("::1")}, "3306").detail,
            "listens on 127.0.0.1:3306, [::1]:3306 only: other hosts cannot connect; write target "
            "127.0.0.1:3306 if that is meant, else let the service listen on another address "
            "(bind-address)");
  EXPECT_EQ(JudgeTarget({On("10.0.2.11")}, "10.0.2.10:3306").detail,
            "nothing listens on 10.0.2.10:3306, only on 10.0.2.11:3306");
}

TEST(ListenerJudgeTest, TheSettingsNameIsSaidOnlyOfTheServerThatHasIt) {
  host::ListeningSocket gunicorn = On("127.0.0.1");
  gunicorn.port = 8000;
  const auto detail = [&](const std::string& unit) {
    return JudgeTarget({gunicorn}, "8000", {.unit = unit}).detail;
  };
  for (const char* unit : {"", "flask-app.service"}) {
    EXPECT_EQ(detail(unit),
              "listens on 127.0.0.1:8000 only: other hosts cannot connect; write target "
              "127.0.0.1:8000 if that is meant, else let the service listen on another address");
  }
  for (const char* unit : {"mysql.service", "mysqld.service", "mariadb.service"}) {
    EXPECT_NE(detail(unit).find("another address (bind-address)"), std::string::npos) << unit;
  }
}

TEST(ListenerJudgeTest, AUnitThatIsNotThereOwnsNothing) {
  const ListenerOwner typo{.unit = "mysqll.service", .not_found = true};
  const Observation seen = JudgeTarget({On("0.0.0.0")}, "3306", typo);
  EXPECT_EQ(seen.state, State::kUnknown);
  EXPECT_EQ(seen.reason, "UNIT_NOT_FOUND");
  EXPECT_NE(seen.detail.find("mysqll.service; correct the option unit"), std::string::npos);
  EXPECT_EQ(JudgeTarget({}, "3306", typo).reason, "NOT_LISTENING")
      << "nobody listens, whoever should";
}

TEST(ListenerJudgeTest, ManyPlacesAreCutAtFour) {
  std::vector<host::ListeningSocket> many;
  for (int i = 1; i <= 200; ++i) many.push_back(On("10.0.2." + std::to_string(i)));
  EXPECT_EQ(JudgeTarget(many, "3306").detail,
            "listening on 10.0.2.1:3306, 10.0.2.2:3306, 10.0.2.3:3306, 10.0.2.4:3306");
}

TEST(ListenerJudgeTest, TheQueueOfTheUnitsOwnSocketIsMeasured) {
  host::ListeningSocket own = On("10.0.2.10", false, 70);
  own.queue_length = 9;
  const Observation seen = JudgeTarget({On("10.0.2.11", false, 99), own}, "3306", Mysql());
  ASSERT_EQ(seen.state, State::kOk) << seen.detail;
  ASSERT_EQ(seen.gauges.size(), 2u);
  EXPECT_EQ(seen.gauges[0].name, "listener_accept_queue_length");
  EXPECT_EQ(seen.gauges[0].value, 9);
  EXPECT_EQ(seen.gauges[1].name, "listener_accept_queue_limit");
  EXPECT_EQ(seen.gauges[1].value, 151);
}

TEST(ListenerJudgeTest, AProcessOutsideTheUnitIsTheWrongOne) {
  const Observation seen = JudgeTarget({On("0.0.0.0", false, 99)}, "3306", Mysql());
  EXPECT_EQ(seen.reason, "WRONG_PROCESS");
  EXPECT_EQ(seen.detail,
            "3306 is held by a process outside mysql.service (user id 112); see ss -tlnp");
}

TEST(ListenerJudgeTest, AnOwnerThatCannotBeToldIsNotBlamed) {
  ListenerOwner unknown = Mysql();
  unknown.cgroups.known = false;
  EXPECT_EQ(JudgeTarget({On("0.0.0.0", false, 99)}, "3306", unknown).state, State::kOk);
  EXPECT_EQ(JudgeTarget({On("0.0.0.0", false, 0)}, "3306", Mysql()).state, State::kOk)
      << "a kernel that gives no cgroup";
  EXPECT_EQ(JudgeTarget({On("0.0.0.0", false, 1)}, "3306", Mysql()).state, State::kOk)
      << "a socket that systemd opened";
  EXPECT_EQ(JudgeTarget({On("0.0.0.0", false, 99)}, "3306").state, State::kOk)
      << "no unit asked for";
}

TEST(ListenerJudgeTest, ATargetThatIsNoPortNamesWhatOneLooksLike) {
  for (const char* text : {"", "0", "65536", "99999999999", "mysql", "db:3306", "10.0.2.10",
                           "10.0.2.10:0", "[::1]", "-1", " 3306"}) {
    const auto target = ParseListenerTarget(text);
    ASSERT_FALSE(target.ok()) << text;
    EXPECT_NE(target.status().message().find("write "), std::string::npos) << target.status();
  }
}

}  // namespace
}  // namespace faultline::checks
