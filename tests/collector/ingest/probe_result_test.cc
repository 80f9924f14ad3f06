// What an agent says of another host, and whether it can.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collector/ingest/from_wire.h"

namespace faultline::ingest {
namespace {

namespace v1 = faultline::v1;
using testing::HasSubstr;

void AddPath(v1::ProbeResult* result, uint32_t port, int answer) {
  v1::ProbedPath& path = *result->add_paths();
  path.set_address("10.0.1.10");
  path.set_port(port);
  path.set_answer(static_cast<v1::ProbedPath::Answer>(answer));
}

TEST(ProbeResultTest, ARefusalIsAnAnswerAndWhatWasNotTriedIsNone) {
  v1::ProbeResult wire;
  wire.set_request(7);
  AddPath(&wire, 0, v1::ProbedPath::ANSWER_NONE);
  AddPath(&wire, 443, v1::ProbedPath::ANSWER_UNREACHABLE);
  AddPath(&wire, 22, v1::ProbedPath::ANSWER_REFUSED);
  AddPath(&wire, 80, v1::ProbedPath::ANSWER_YES);
  AddPath(&wire, 3306, v1::ProbedPath::ANSWER_CANNOT_PROBE);
  AddPath(&wire, 9, 77);  // a newer agent's word
  const auto taken = FromWire(wire);
  ASSERT_TRUE(taken.ok());
  EXPECT_EQ(taken->request, 7u);
  const bool answered[] = {false, false, true, true, false, false};
  const bool looked[] = {true, true, true, true, false, false};
  ASSERT_EQ(taken->paths.size(), 6u);
  for (size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(taken->paths[i].answered, answered[i]) << i;
    EXPECT_EQ(taken->paths[i].looked, looked[i]) << i;
  }
  EXPECT_EQ(taken->paths[1].port, 443);
}

TEST(ProbeResultTest, MoreThanWasAskedIsRefused) {
  v1::ProbeResult wire;
  for (int i = 0; i < 36; ++i) AddPath(&wire, 443, v1::ProbedPath::ANSWER_YES);
  EXPECT_TRUE(FromWire(wire).ok());
  AddPath(&wire, 443, v1::ProbedPath::ANSWER_YES);
  EXPECT_THAT(std::string(FromWire(wire).status().message()), HasSubstr("probe_result.paths: 37"));
}

TEST(ProbeResultTest, APortIsAPort) {
  v1::ProbeResult wire;
  AddPath(&wire, 65'536, v1::ProbedPath::ANSWER_YES);
  EXPECT_THAT(std::string(FromWire(wire).status().message()),
              HasSubstr("probe_result.paths[0].port: 65536 is not a port"));
}

TEST(ProbeResultTest, AnAgentCanLookWhenItSaysSo) {
  v1::Hello hello;
  hello.set_protocol_version(1);
  hello.set_spool_id("0123456789abcdef0123456789abcdef");
  hello.set_start_number(3);
  hello.add_features("look_now");
  EXPECT_FALSE(FromWire(hello)->can_probe);
  hello.add_features("probe_host");
  EXPECT_TRUE(FromWire(hello)->can_probe);
  hello.clear_features();
  for (int i = 0; i < 32; ++i) hello.add_features("x");
  hello.add_features("probe_host");
  EXPECT_FALSE(FromWire(hello)->can_probe) << "only 32 are read";
}

}  // namespace
}  // namespace faultline::ingest
