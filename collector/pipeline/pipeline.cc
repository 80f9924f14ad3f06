#include "collector/pipeline/pipeline.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <utility>

#include "absl/strings/str_cat.h"
#include "collector/pipeline/input_size.h"
#include "common/log.h"

namespace faultline::pipeline {
namespace {

// Looks cost the agents work: whoever asks sooner shares the look before.
constexpr Span kLookPause = Span::Seconds(1);
// How many inputs are handled before the outcome is published and committed: bounds both latency
// and the cost of publishing.
constexpr size_t kBatch = 256;
// Who asked for a host to be forgotten waits this long for his turn.
constexpr std::chrono::seconds kForgetWithin{5};
// At the end, a store that works gets this long to commit the last inputs.
constexpr std::chrono::seconds kLastCommits{2};

}  // namespace

Pipeline::Pipeline(PipelineOptions options, store::Loaded loaded, store::Store& store,
                   const Clock& clock)
    : options_(std::move(options)),
      store_(store),
      clock_(clock),
      engine_(options_.engine, std::move(loaded), {clock.Now(), clock.Mono()}),
      witness_(options_.own_boot),
      bytes_(options_.max_bytes) {
  EngineOutput first = engine_.Take(Now());
  picture_ = first.picture;
  last_turn_ = clock.Mono();
}

Pipeline::~Pipeline() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
  {
    MutexLock lock(mutex_);
    lock.WaitFor(wake_, kLastCommits, [this] { return uncommitted_ == 0; });
  }
  MutexLock lock(lifeline_->mutex);
  lifeline_->alive = false;
}

void Pipeline::AddObserver(PictureObserver& observer) { observers_.push_back(&observer); }

void Pipeline::Start() {
  thread_ = std::thread([this] { Run(); });
}

void Pipeline::Push(Item item) {
  {
    MutexLock lock(mutex_);
    bytes_.Add(item.held);
    queue_.push_back(std::move(item));
  }
  wake_.notify_one();
}

uint64_t Pipeline::Opened(const HostIdentity& host, HelloMessage hello,
                          std::shared_ptr<AgentSession> session) {
  uint64_t stream = 0;
  {
    MutexLock lock(mutex_);
    stream = next_stream_++;
  }
  Push({.work = [this, stream, host, hello = std::move(hello), session = std::move(session)](
                    Engine& engine, incidents::Moment moment) {
    sessions_[stream] = session;
    engine.Opened(stream, host, hello, moment);
  }});
  return stream;
}

void Pipeline::Input(uint64_t stream, AgentInput input, std::function<void()> taken) {
  const HeldBytes::Part held{.stream = stream, .bytes = BytesOf(input)};
  Push({.work = [stream, input = std::move(input)](
                    Engine& engine,
                    incidents::Moment moment) { engine.Input(stream, input, moment); },
        .taken = std::move(taken),
        .held = held});
}

void Pipeline::Closed(uint64_t stream) {
  Push({.work = [this, stream](Engine& engine, incidents::Moment moment) {
    engine.Closed(stream, moment);
    sessions_.erase(stream);
  }});
}

WallTime Pipeline::AskStack(const StackId& stack) {
  const incidents::Moment moment = Now();
  {
    MutexLock lock(mutex_);
    const auto [last, is_first] = looks_.try_emplace(stack, moment);
    // A wall clock that was set back must not answer with a moment of the future.
    if (!is_first && moment.mono < last->second.mono + kLookPause &&
        last->second.now <= moment.now) {
      return last->second.now;
    }
    last->second = moment;
  }
  Push({.work = [stack](Engine& engine, incidents::Moment) { engine.AskStack(stack); }});
  return moment.now;
}

ForgetOutcome Pipeline::Forget(const HostId& host, rules::Decision why) {
  // Both of the waiter and of the pipeline, which may get to it when nobody waits any more.
  struct Answer {
    ForgetOutcome outcome = ForgetOutcome::kNoAnswer;
    std::promise<void> published;
  };
  const auto answer = std::make_shared<Answer>();
  std::future<void> published = answer->published.get_future();
  Push({.work =
            [answer, host, why](Engine& engine, incidents::Moment moment) {
              answer->outcome = engine.Forget(host, why, moment);
            },
        .taken = [answer] { answer->published.set_value(); }});
  if (published.wait_for(kForgetWithin) != std::future_status::ready) {
    return ForgetOutcome::kNoAnswer;
  }
  return answer->outcome;
}

void Pipeline::Run() {
  std::vector<Item> batch;
  std::vector<std::function<void()>> released;
  while (true) {
    batch.clear();
    released.clear();
    bool holding = false;
    std::vector<uint64_t> silenced;  // streams that are held for their own sake
    std::vector<HeldBytes::Part> parts;
    {
      MutexLock lock(mutex_);
      const Span wait = engine_.NextDeadline() - clock_.Now();
      const auto bound = std::chrono::nanoseconds(std::clamp<int64_t>(wait.ns, 0, 1'000'000'000));
      lock.WaitFor(wake_, bound, [this] {
        return stopping_ || !queue_.empty() ||
               std::any_of(held_.begin(), held_.end(),
                           [this](const Held& held) { return MayRead(held.stream); });
      });
      if (stopping_ && queue_.empty()) break;
      holding = !held_.empty() && !HasRoom();
      for (const Held& held : held_) silenced.push_back(held.stream);
      const size_t count = std::min(queue_.size(), kBatch);
      for (size_t i = 0; i < count; ++i) {
        batch.push_back(std::move(queue_.front()));
        queue_.pop_front();
      }
      Release(&released);
    }
    const incidents::Moment moment = Now();
    if (holding) engine_.NotReading(moment);
    for (const uint64_t stream : silenced) engine_.NotReading(stream, moment);
    for (Item& item : batch) {
      item.work(engine_, moment);
      if (item.held.bytes > 0) parts.push_back(item.held);
    }
    LookAtItself(moment);
    engine_.Tick(moment);
    CarryOut(engine_.Take(moment), std::move(parts));
    SayUnsaid(moment.mono);
    {
      MutexLock lock(mutex_);
      counters_ = engine_.counters();
      last_turn_ = moment.mono;
      for (Item& item : batch) {
        if (!item.taken) continue;
        if (MayRead(item.held.stream)) {
          released.push_back(std::move(item.taken));
        } else {
          held_.push_back({item.held.stream, std::move(item.taken)});
        }
      }
    }
    for (std::function<void()>& taken : released) taken();
  }
}

void Pipeline::CarryOut(EngineOutput output, std::vector<HeldBytes::Part> held) {
  const auto session = [this](uint64_t stream) -> AgentSession* {
    const auto it = sessions_.find(stream);
    return it == sessions_.end() ? nullptr : it->second.get();
  };
  for (const EngineOutput::Forgotten& gone : output.forgotten) {
    LogNotice(
        absl::StrCat("host ", gone.host.host, " of ", gone.host.stack.ToString(),
                     " is not watched any more: ", std::string(rules::DecisionText(gone.why))));
  }
  for (const EngineOutput::Close& close : output.closes) {
    if (AgentSession* old = session(close.stream)) old->Close(close.why);
  }
  for (const EngineOutput::Welcome& welcome : output.welcomes) {
    if (AgentSession* agent = session(welcome.stream)) {
      agent->SendWelcome(welcome.acknowledged, options_.engine.heartbeat);
    }
  }
  for (const EngineOutput::Look& look : output.looks) {
    if (AgentSession* agent = session(look.stream)) {
      agent->SendLookNow(look.request, look.checks, look.deadline, look.for_person);
    }
  }
  for (const ProbeRequest& probe : output.probes) {
    if (AgentSession* agent = session(probe.stream)) {
      agent->SendProbeHost(probe.request, probe.aim.addresses, probe.aim.ports, probe.deadline);
    }
  }
  if (output.commit.empty() && output.acks.empty()) {
    MutexLock lock(mutex_);
    bytes_.Drop(held);
  } else {
    const uint64_t commit = next_commit_++;
    waiting_.emplace_back(commit, clock_.Mono());
    for (const incidents::Notification& notification : output.commit.outbox) {
      unsaid_.push_back({notification, clock_.Mono(), commit});
    }
    std::vector<std::function<void()>> tell;
    for (const EngineOutput::Ack& ack : output.acks) {
      const auto it = sessions_.find(ack.stream);
      if (it == sessions_.end()) continue;
      tell.push_back(
          [agent = it->second, positions = ack.positions] { agent->SendAck(positions); });
    }
    {
      MutexLock lock(mutex_);
      ++uncommitted_;
    }
    store_.Submit(std::move(output.commit),
                  [this, lifeline = lifeline_, commit, held = std::move(held),
                   tell = std::move(tell), acks = std::move(output.acks)] {
                    for (const auto& ack : tell) ack();
                    MutexLock alive(lifeline->mutex);
                    if (lifeline->alive) OnCommitted(commit, held, acks);
                  });
  }
  if (output.picture == nullptr) return;
  {
    MutexLock lock(mutex_);
    picture_ = output.picture;
  }
  for (PictureObserver* observer : observers_) observer->OnPicture(output.picture, output.changes);
}

void Pipeline::OnCommitted(uint64_t commit, const std::vector<HeldBytes::Part>& held,
                           std::vector<EngineOutput::Ack> acks) {
  {
    MutexLock lock(mutex_);
    --uncommitted_;
    bytes_.Drop(held);
    committed_ = std::max(committed_, commit);
    if (!acks.empty()) {
      queue_.push_back({.work = [acks = std::move(acks)](Engine& engine, incidents::Moment) {
        for (const EngineOutput::Ack& ack : acks) engine.MarkDurable(ack);
      }});
    }
  }
  // Two may wait: the pipeline's thread and, at the end, its destructor.
  wake_.notify_all();
}

std::shared_ptr<const Picture> Pipeline::picture() const {
  MutexLock lock(mutex_);
  return picture_;
}

HostPresence Pipeline::PresenceOf(const HostId& host) const {
  const std::shared_ptr<const Picture> now = picture();
  const auto found = now->hosts.find(host);
  if (found == now->hosts.end()) return {};
  const model::HostPicture& there = *found->second;
  // The end of a stream may be newer than the last word that was published.
  return {.connected = there.link == model::LinkState::kConnected,
          .powered_off = there.powered_off,
          .heard = std::max(there.last_heard, there.link_since)};
}

PipelineCounters Pipeline::counters() const {
  MutexLock lock(mutex_);
  PipelineCounters counters = counters_;
  counters.queue_length = queue_.size();
  return counters;
}

}  // namespace faultline::pipeline
