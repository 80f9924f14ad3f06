// A fleet of agents that speak the link alone, for tests/bench/storm.py: each has a certificate, a
// stream, checks of one kind and answers looks. Commands come on stdin, answers go to stdout:
//   fail | recover           every check of every agent at once -> "acked SECONDS"
//   fail MS | recover MS     one agent after the other, MS apart -> "acked SECONDS"
//   fail-one | recover-one   every check of the last agent alone -> "acked SECONDS"
// Usage: storm_fleet ADDRESS CERTIFICATES AGENTS CHECKS
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "faultline/v1/agent_link.grpc.pb.h"

namespace {

namespace pb = faultline::v1;
using SteadyClock = std::chrono::steady_clock;

std::string Read(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

int64_t Wall() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

void Stamp(pb::ObservedTime* time) {
  time->set_wall_ns(Wall());
  time->set_boottime_ns(static_cast<uint64_t>(SteadyClock::now().time_since_epoch().count()));
}

class Agent {
 public:
  Agent(const std::string& address, const std::string& folder, int number, int checks)
      : number_(number), checks_(checks), failing_(false) {
    const std::string name = folder + "/host-" + std::to_string(number);
    grpc::SslCredentialsOptions tls{Read(folder + "/ca.crt"), Read(folder + "/host.key"),
                                    Read(name + ".crt")};
    grpc::ChannelArguments arguments;
    arguments.SetInt("grpc.use_local_subchannel_pool", 1);
    stub_ = pb::AgentLink::NewStub(
        grpc::CreateCustomChannel(address, grpc::SslCredentials(tls), arguments));
    stream_ = stub_->Connect(&context_);
    Greet();
    reader_ = std::thread([this] { ReadAll(); });
    beat_ = std::thread([this] { Beat(); });
  }

  ~Agent() {
    stopping_ = true;
    context_.TryCancel();
    reader_.join();
    beat_.join();
    stream_->Finish();
  }

  void Change(bool failing) {
    pb::AgentMessage message;
    std::lock_guard lock(mutex_);
    failing_ = failing;
    for (int check = 0; check < checks_; ++check) {
      pb::Record* record = message.mutable_records()->add_records();
      record->set_stream(pb::STREAM_TRANSITIONS);
      record->set_seq(++sent_);
      record->set_start_number(1);
      pb::RecordedTransition* transition = record->mutable_transition();
      transition->set_kind("listener");
      transition->set_target(Target(check));
      transition->set_boot_id("boot");
      See(check, transition->mutable_observation());
      transition->mutable_observation()->set_check(0);
    }
    stream_->Write(message);
  }

  bool IsAcked() const { return acked_ >= sent_; }

 private:
  static std::string Target(int check) { return std::to_string(20000 + check); }

  void See(int check, pb::Observation* seen) const {
    seen->set_check(static_cast<uint32_t>(check + 1));
    seen->set_state(failing_ ? pb::STATE_CRITICAL : pb::STATE_OK);
    if (failing_) seen->set_reason("NOT_LISTENING");
    seen->set_detail((failing_ ? "nothing listens on " : "listening on ") + Target(check));
    Stamp(seen->mutable_observed());
  }

  void Greet() {
    pb::AgentMessage hello;
    pb::Hello* said = hello.mutable_hello();
    said->set_protocol_version(1);
    said->set_agent_version("storm");
    said->add_addresses("10.9." + std::to_string(number_ / 250) + "." +
                        std::to_string(1 + number_ % 250));
    said->set_boot_id("boot");
    said->set_spool_id(std::string(28, '0') + std::to_string(1000 + number_));
    said->set_start_number(1);
    Stamp(said->mutable_agent_started());
    stream_->Write(hello);
    pb::AgentMessage declarations;
    pb::AgentMessage snapshot;
    for (int check = 0; check < checks_; ++check) {
      pb::CheckDeclaration* declared = declarations.mutable_declarations()->add_checks();
      declared->set_number(static_cast<uint32_t>(check + 1));
      declared->set_kind("listener");
      declared->set_target(Target(check));
      declared->set_subject("service-" + std::to_string(check));
      See(check, snapshot.mutable_snapshot()->add_checks()->mutable_observation());
    }
    pb::StreamPosition* position = snapshot.mutable_snapshot()->add_positions();
    position->set_stream(pb::STREAM_TRANSITIONS);
    stream_->Write(declarations);
    stream_->Write(snapshot);
  }

  void ReadAll() {
    pb::CollectorMessage message;
    while (stream_->Read(&message)) {
      if (message.has_ack()) {
        for (const pb::StreamPosition& position : message.ack().positions()) {
          if (position.stream() == pb::STREAM_TRANSITIONS) acked_ = position.seq();
        }
      } else if (message.has_look_now()) {
        pb::AgentMessage answer;
        pb::LookResult* result = answer.mutable_look_result();
        result->set_request(message.look_now().request());
        std::lock_guard lock(mutex_);
        for (const uint32_t check : message.look_now().checks()) {
          See(static_cast<int>(check) - 1, result->add_observations());
        }
        stream_->Write(answer);
      }
    }
    if (!stopping_) {
      std::cerr << "agent " << number_ << " lost its stream" << std::endl;
      std::exit(1);
    }
  }

  void Beat() {
    uint64_t number = 0;
    while (!stopping_) {
      pb::AgentMessage beat;
      beat.mutable_heartbeat()->set_number(++number);
      Stamp(beat.mutable_heartbeat()->mutable_sent());
      {
        std::lock_guard lock(mutex_);
        stream_->Write(beat);
      }
      std::this_thread::sleep_for(std::chrono::seconds(1));
    }
  }

  const int number_;
  const int checks_;
  std::mutex mutex_;  // for writing
  bool failing_;
  std::atomic<uint64_t> sent_ = 0;
  std::atomic<uint64_t> acked_ = 0;
  std::atomic<bool> stopping_ = false;
  grpc::ClientContext context_;
  std::unique_ptr<pb::AgentLink::Stub> stub_;
  std::unique_ptr<grpc::ClientReaderWriter<pb::AgentMessage, pb::CollectorMessage>> stream_;
  std::thread reader_;
  std::thread beat_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::cerr << "Usage: storm_fleet ADDRESS CERTIFICATES AGENTS CHECKS" << std::endl;
    return 2;
  }
  std::vector<std::unique_ptr<Agent>> agents;
  for (int i = 0; i < std::atoi(argv[3]); ++i) {
    agents.push_back(std::make_unique<Agent>(argv[1], argv[2], i, std::atoi(argv[4])));
  }
  std::cout << "connected" << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string what;
    int apart_ms = 0;
    words >> what >> apart_ms;
    const auto began = SteadyClock::now();
    for (auto& agent : agents) {
      if (what.ends_with("-one") && agent != agents.back()) continue;
      agent->Change(what.starts_with("fail"));
      if (apart_ms > 0) std::this_thread::sleep_for(std::chrono::milliseconds(apart_ms));
    }
    for (auto& agent : agents) {
      while (!agent->IsAcked()) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    const std::chrono::duration<double> took = SteadyClock::now() - began;
    std::cout << "acked " << took.count() << std::endl;
  }
  agents.clear();
  return 0;
}
