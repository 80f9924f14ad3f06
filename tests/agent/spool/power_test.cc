// Whole lives of a spool on a disk that dies at any step: a kill, a power loss, a full, read-only
// or failing disk. A small model of the collector says what must be true afterwards.
#include <array>
#include <map>
#include <random>

#include "gmock/gmock.h"
#include "tests/agent/spool/fake_disk.h"
#include "tests/agent/spool/spool_testing.h"

namespace faultline::spool {
namespace {

constexpr std::array kBoth = {kTransitions, kLogEvents};

SpoolOptions On(FakeDisk& disk) {
  SpoolOptions options;
  options.directory = "/disk/agent/spool";
  options.segment_bytes = 700;  // a few records each, and writes that span sectors
  options.memory_bytes = 1000;
  options.disk = &disk;
  return options;
}

std::string TextOf(const faultline::v1::Record& record) {
  return record.has_transition() ? DetailOf(record) : record.log_event().sample();
}

// What a collector knows of one spool, and what the spool has promised to keep.
class Model {
 public:
  explicit Model(uint64_t seed) : random_(seed), disk_(seed) {}

  FakeDisk& disk() { return disk_; }
  uint64_t Pick(uint64_t most) { return std::uniform_int_distribution<uint64_t>(0, most)(random_); }

  // One run of the agent, from Open until the disk dies or `steps` are done.
  void Live(int steps, bool may_connect) {
    auto opened = Spool::Open(On(disk_));
    if (!opened.ok()) {
      ASSERT_TRUE(disk_.dead()) << opened.status();
      return;
    }
    Spool& spool = **opened;
    if (spool.health().ok()) {
      ASSERT_GT(spool.start_number(), start_number_);
      start_number_ = spool.start_number();
    }
    if (id_ != spool.id()) Forget(spool.id());
    for (auto& [stream, known] : known_) known.appended.clear();
    const bool connected = may_connect && Pick(3) > 0;
    if (connected) {
      for (const auto stream : kBoth) spool.Acknowledge(stream, known_[stream].committed);
    }
    for (int i = 0; i < steps && !disk_.dead(); ++i) {
      const auto stream = kBoth[Pick(1)];
      switch (Pick(connected ? 5 : 3)) {
        case 0:
        case 1:
          Append(spool, stream);
          break;
        case 2:
        case 3:
          Flush(spool);
          break;
        case 4:
          Send(spool, stream);
          break;
        default:
          known_[stream].committed = known_[stream].received;
          spool.Acknowledge(stream, known_[stream].committed);
      }
      if (::testing::Test::HasFatalFailure()) return;
    }
  }

  void End() {
    if (Pick(2) == 0) {
      disk_.Kill();
    } else {
      disk_.LosePower();
    }
    // What was on its way into the collector's store gets there, or the collector is killed too.
    for (auto& [stream, known] : known_) {
      if (Pick(1) == 0) known.committed = known.received;
      known.received = known.committed;
      known.texts.erase(known.texts.upper_bound(known.committed), known.texts.end());
    }
  }

  // After everything, on a disk that is well: nothing promised is missing, no number is amiss.
  void Check() {
    const auto spool = OpenSpool(On(disk_));
    ASSERT_NE(spool, nullptr);
    if (id_ != spool->id()) Forget(spool->id());
    for (const auto stream : kBoth) {
      const Known& known = known_[stream];
      ASSERT_LE(spool->acknowledged(stream), known.committed);
      spool->Acknowledge(stream, known.committed);
      const auto records = ReadAll(*spool, stream);
      ExpectWithoutHoles(records, known.committed);
      std::map<uint64_t, std::string> there;
      for (const auto& record : records) {
        if (!record.has_gap()) there[record.seq()] = TextOf(record);
      }
      for (const auto& [seq, text] : known.promised) {
        if (seq <= known.committed) continue;
        ASSERT_TRUE(there.contains(seq)) << "stream " << stream << " lost " << seq;
        ASSERT_EQ(there[seq], text) << "stream " << stream << " number " << seq;
      }
      ASSERT_GE(spool->last_seq(stream), known.received);
    }
  }

 private:
  struct Known {
    uint64_t received = 0;
    uint64_t committed = 0;
    std::map<uint64_t, std::string> texts;     // as received
    std::map<uint64_t, std::string> promised;  // as flushed
    std::map<uint64_t, std::string> appended;  // by this run
  };

  // A spool whose identity never became durable was never sent from for good: the collector takes
  // the new one for another.
  void Forget(const std::string& id) {
    for (const auto& [stream, known] : known_) {
      ASSERT_TRUE(known.promised.upper_bound(known.committed) == known.promised.end())
          << "the spool's identity was lost";
    }
    id_ = id;
    known_.clear();
    start_number_ = 0;
  }

  void Append(Spool& spool, faultline::v1::Stream stream) {
    const std::string text = std::to_string(++written_) + std::string(Pick(300), 'x');
    const uint64_t seq =
        spool.Append(stream, stream == kTransitions ? Transition(text) : LogLine(text));
    known_[stream].appended[seq] = text;
  }

  void Flush(Spool& spool) {
    if (!spool.Flush().ok()) return;
    for (auto& [stream, known] : known_) known.promised.merge(known.appended);
  }

  void Send(Spool& spool, faultline::v1::Stream stream) {
    Known& known = known_[stream];
    const uint64_t after = std::max(spool.acknowledged(stream), known.received);
    for (const auto& record : spool.ReadAfter(stream, after, 1 + Pick(5))) {
      if (!record.has_gap()) {
        const auto [old, is_new] = known.texts.emplace(record.seq(), TextOf(record));
        ASSERT_TRUE(is_new || old->second == TextOf(record))
            << "number " << record.seq() << " was given twice";
      }
      known.received = std::max(known.received, record.seq());
    }
  }

  std::mt19937_64 random_;
  FakeDisk disk_;
  std::string id_;
  uint64_t start_number_ = 0;
  uint64_t written_ = 0;
  std::map<faultline::v1::Stream, Known> known_;
};

TEST(Power, NoStepOfAShortLifeIsOneToLosePowerAt) {
  for (uint64_t step = 1; step <= 80; ++step) {
    for (uint64_t seed = 1; seed <= 8; ++seed) {
      SCOPED_TRACE("step " + std::to_string(step) + " seed " + std::to_string(seed));
      Model model(seed);
      model.disk().DieAfter(step);
      ASSERT_NO_FATAL_FAILURE(model.Live(40, true));
      model.End();
      ASSERT_NO_FATAL_FAILURE(model.Check());
    }
  }
}

// A kill between a write and its sync leaves records that only the kernel's memory holds. The next
// run reads them: what it then calls durable must be.
TEST(Power, WhatAKillLeftUnsyncedIsOnDiskOnceTheNextRunHasFlushed) {
  for (uint64_t step = 1; step <= 40; ++step) {
    for (uint64_t seed = 1; seed <= 8; ++seed) {
      SCOPED_TRACE("step " + std::to_string(step) + " seed " + std::to_string(seed));
      FakeDisk disk(seed);
      disk.DieAfter(step);
      if (auto spool = Spool::Open(On(disk)); spool.ok()) {
        (*spool)->Append(kTransitions, Transition(std::string(600, 'x')));
        (*spool)->Flush().IgnoreError();
      }
      disk.Kill();
      size_t found = 0;
      {
        const auto spool = OpenSpool(On(disk));
        ASSERT_NE(spool, nullptr);
        ASSERT_TRUE(spool->Flush().ok());
        for (const auto& record : ReadAll(*spool, kTransitions)) found += !record.has_gap();
        disk.DieAfter(0);  // not closed cleanly
      }
      disk.LosePower();
      const auto spool = OpenSpool(On(disk));
      ASSERT_NE(spool, nullptr);
      size_t kept = 0;
      for (const auto& record : ReadAll(*spool, kTransitions)) kept += !record.has_gap();
      ASSERT_EQ(kept, found);
    }
  }
}

TEST(Power, ManyLivesThatEndInKillsAndPowerLossesLoseNothingThatWasPromised) {
  for (uint64_t seed = 1; seed <= 150; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Model model(seed);
    for (int life = 0; life < 5; ++life) {
      model.disk().DieAfter(1 + model.Pick(60));
      ASSERT_NO_FATAL_FAILURE(model.Live(25, true));
      model.End();
    }
    ASSERT_NO_FATAL_FAILURE(model.Check());
  }
}

TEST(Power, ADiskThatIsFullReadOnlyOrFailingAtTimesCostsNothingThatWasPromised) {
  for (uint64_t seed = 1; seed <= 150; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Model model(seed);
    for (int life = 0; life < 6; ++life) {
      model.disk().set_fault(static_cast<FakeDisk::Fault>(model.Pick(3)));
      if (model.Pick(1) == 0) model.disk().DieAfter(1 + model.Pick(60));
      ASSERT_NO_FATAL_FAILURE(model.Live(20, true));
      model.End();
    }
    model.disk().set_fault(FakeDisk::Fault::kNone);
    ASSERT_NO_FATAL_FAILURE(model.Check());
  }
}

}  // namespace
}  // namespace faultline::spool
