// Runs the engine: one thread owns model, alerts and incidents and never waits for anything but
// its own queue. gRPC threads put in, readers take pictures, the store and agents are told.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <thread>
#include <vector>

#include "collector/pipeline/agent_gate.h"
#include "collector/pipeline/clock_witness.h"
#include "collector/pipeline/engine.h"
#include "collector/pipeline/held_bytes.h"
#include "collector/pipeline/host_forgetter.h"
#include "collector/pipeline/live_hosts.h"
#include "collector/pipeline/look_asker.h"
#include "collector/pipeline/picture.h"
#include "collector/pipeline/store_watch.h"
#include "collector/store/store.h"
#include "common/clock.h"
#include "common/mutex.h"

namespace faultline::pipeline {

struct PipelineOptions {
  EngineOptions engine;
  // Inputs waiting for the engine. A full queue stops reading the streams; nothing is dropped.
  size_t max_queued = 10'000;
  // Commits waiting for the store. The same.
  size_t max_uncommitted = 1'000;
  // What inputs hold until they are durable. The same, by stream.
  ByteLimits max_bytes;
  // This machine's boot id, by which agents on it are known.
  std::string own_boot;
};

// What the world is told from memory while the store fails: see set_memory_outlet.
using MemoryOutlet = std::function<void(const incidents::Notification&)>;

// Thread-safe. The destructor finishes what is queued, then joins; end ingest first.
class Pipeline : public AgentGate,
                 public PictureSource,
                 public LiveHosts,
                 public LookAsker,
                 public HostForgetter {
 public:
  // `store` and `clock` must outlive the pipeline.
  Pipeline(PipelineOptions options, store::Loaded loaded, store::Store& store, const Clock& clock);
  ~Pipeline() override;
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  // Before Start. Observers must outlive the pipeline.
  void AddObserver(PictureObserver& observer);
  // Before Start. Called on the pipeline's thread with notifications that the store has not been
  // able to commit for 2 s; the commit may still come later, under the same key and version.
  void set_memory_outlet(MemoryOutlet outlet) { memory_outlet_ = std::move(outlet); }
  void Start();

  uint64_t Opened(const HostIdentity& host, HelloMessage hello,
                  std::shared_ptr<AgentSession> session) override;
  void Input(uint64_t stream, AgentInput input, std::function<void()> taken) override;
  void Closed(uint64_t stream) override;

  // When the pipeline's thread last went round: it does so at least every second.
  MonoTime LastTurn() const;

  std::shared_ptr<const Picture> picture() const override;
  PipelineCounters counters() const override;
  HostPresence PresenceOf(const HostId& host) const override;
  WallTime AskStack(const StackId& stack) override;
  ForgetOutcome Forget(const HostId& host, rules::Decision why) override;

 private:
  struct Item {
    std::function<void(Engine&, incidents::Moment)> work;
    std::function<void()> taken;
    HeldBytes::Part held;
  };
  struct Held {
    uint64_t stream = 0;
    std::function<void()> taken;
  };
  // The store's callbacks may come after the pipeline's end, when the store has been failing.
  struct Lifeline {
    Mutex mutex;
    bool alive FAULTLINE_GUARDED_BY(mutex) = true;
  };
  struct Unsaid {
    incidents::Notification notification;
    MonoTime since;
    uint64_t commit = 0;
  };

  void Push(Item item);
  void Run();
  // `held`: of the inputs that led to it.
  void CarryOut(EngineOutput output, std::vector<HeldBytes::Part> held);
  // What the collector sees of itself, now and then.
  void LookAtItself(incidents::Moment moment);
  void SayUnsaid(MonoTime now);
  bool HasRoom() const FAULTLINE_REQUIRES(mutex_);
  bool MayRead(uint64_t stream) const FAULTLINE_REQUIRES(mutex_);
  // Takes out those that may go on.
  void Release(std::vector<std::function<void()>>* released) FAULTLINE_REQUIRES(mutex_);
  void OnCommitted(uint64_t commit, const std::vector<HeldBytes::Part>& held,
                   std::vector<EngineOutput::Ack> acks);
  incidents::Moment Now() const { return {clock_.Now(), clock_.Mono()}; }

  const PipelineOptions options_;
  store::Store& store_;
  const Clock& clock_;
  std::vector<PictureObserver*> observers_;
  MemoryOutlet memory_outlet_;
  Engine engine_;                                               // the pipeline's thread only
  std::map<uint64_t, std::shared_ptr<AgentSession>> sessions_;  // the pipeline's thread only
  std::deque<Unsaid> unsaid_;                                   // the pipeline's thread only
  uint64_t next_commit_ = 1;                                    // the pipeline's thread only
  StoreWatch watch_;                                            // these four: the same
  ClockWitness witness_;
  MonoTime next_look_;
  std::deque<std::pair<uint64_t, MonoTime>> waiting_;  // commits, since when

  mutable Mutex mutex_;
  std::condition_variable wake_;
  std::deque<Item> queue_ FAULTLINE_GUARDED_BY(mutex_);
  // `taken` calls held back while the queue or the store is behind.
  std::deque<Held> held_ FAULTLINE_GUARDED_BY(mutex_);
  HeldBytes bytes_ FAULTLINE_GUARDED_BY(mutex_);
  size_t uncommitted_ FAULTLINE_GUARDED_BY(mutex_) = 0;
  uint64_t committed_ FAULTLINE_GUARDED_BY(mutex_) = 0;
  bool stopping_ FAULTLINE_GUARDED_BY(mutex_) = false;
  uint64_t next_stream_ FAULTLINE_GUARDED_BY(mutex_) = 1;
  std::shared_ptr<const Picture> picture_ FAULTLINE_GUARDED_BY(mutex_);
  PipelineCounters counters_ FAULTLINE_GUARDED_BY(mutex_);
  MonoTime last_turn_ FAULTLINE_GUARDED_BY(mutex_);
  std::map<StackId, incidents::Moment> looks_ FAULTLINE_GUARDED_BY(mutex_);  // last asked
  const std::shared_ptr<Lifeline> lifeline_ = std::make_shared<Lifeline>();
  std::thread thread_;
};

}  // namespace faultline::pipeline
