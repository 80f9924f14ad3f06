// Good messages of an agent, to be spoilt.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "collector/pipeline/messages.h"
#include "faultline/v1/agent_link.pb.h"

namespace faultline::ingest {

namespace v1 = faultline::v1;

inline constexpr int64_t kNow = 1'795'317'247'000'000'000;
inline constexpr WallTime kReceived{kNow};

inline v1::Hello GoodHello() {
  v1::Hello hello;
  hello.set_protocol_version(1);
  hello.set_agent_version("0.1.0");
  hello.add_addresses("10.0.2.10");
  hello.add_addresses("fe80::1");
  hello.set_spool_id("0123456789abcdef0123456789abcdef");
  hello.set_start_number(3);
  return hello;
}

inline v1::CheckDeclaration GoodDeclaration() {
  v1::CheckDeclaration check;
  check.set_number(1);
  check.set_kind("port");
  check.set_target("10.0.2.10:3306");
  check.set_remote_address("10.0.2.10");
  check.set_remote_port(3306);
  return check;
}

inline v1::Observation GoodObservation() {
  v1::Observation observation;
  observation.set_check(1);
  observation.set_state(v1::STATE_CRITICAL);
  observation.set_reason("REFUSED");
  observation.set_detail("refused the connection");
  observation.mutable_observed()->set_wall_ns(kNow);
  return observation;
}

inline v1::Record GoodRecord(uint64_t seq) {
  v1::Record record;
  record.set_stream(v1::STREAM_TRANSITIONS);
  record.set_seq(seq);
  record.set_start_number(3);
  record.mutable_transition()->set_kind("unit");
  record.mutable_transition()->set_target("mysql.service");
  *record.mutable_transition()->mutable_observation() = GoodObservation();
  return record;
}

// What was left out, and why; nothing else is.
inline std::string OnlyRefusal(const pipeline::Refusals& refused) {
  EXPECT_EQ(refused.count, 1u);
  return refused.entries.size() == 1 ? refused.entries[0].why : "";
}

}  // namespace faultline::ingest
