// The collector's mind: model, rules and incidents in one place, driven by inputs and time. No
// thread, clock or I/O of its own, so that tests play whole days in a moment; Pipeline runs it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "collector/incidents/book.h"
#include "collector/pipeline/alert_desk.h"
#include "collector/pipeline/effects.h"
#include "collector/pipeline/host_forgetter.h"
#include "collector/pipeline/host_record.h"
#include "collector/pipeline/messages.h"
#include "collector/pipeline/picture.h"
#include "collector/pipeline/probing.h"
#include "collector/rules/rule.h"
#include "collector/store/store.h"

namespace faultline::pipeline {

struct EngineOptions {
  rules::Patience patience;
  incidents::MessageOptions message;
  Span heartbeat = Span::Seconds(1);
  // A host of which nothing was heard for this long is forgotten; {0} = none is by itself.
  Span forget_after = Span::Seconds(7 * 86'400);
};

// What is to be carried out, in this order: close, welcome, publish, commit; acks after the commit.
struct EngineOutput {
  struct Close {
    uint64_t stream = 0;
    std::string why;
  };
  struct Welcome {
    uint64_t stream = 0;
    std::map<store::Stream, uint64_t> acknowledged;
  };
  struct Look {
    uint64_t stream = 0;
    uint64_t request = 0;
    std::vector<uint32_t> checks;
    Span deadline;
    bool for_person = false;
  };
  // Durable once the commit, and all before it, are: then the stream is told and the engine
  // (MarkDurable).
  struct Ack {
    uint64_t stream = 0;
    HostId host;
    std::string spool_id;
    std::map<store::Stream, uint64_t> positions;
  };
  // A host that was taken out of the picture, for the log.
  struct Forgotten {
    HostId host;
    rules::Decision why = rules::Decision::kHostForgotten;
  };
  std::vector<Forgotten> forgotten;
  std::vector<Close> closes;
  std::vector<Welcome> welcomes;
  std::vector<Look> looks;
  std::vector<ProbeRequest> probes;
  std::vector<Ack> acks;
  store::Commit commit;
  Changes changes;
  std::shared_ptr<const Picture> picture;  // null when nothing changed
};

// The check that the collector itself keeps of each host: is its agent heard?
CheckId AgentCheckId(const HostId& host);

class Engine {
 public:
  Engine(EngineOptions options, store::Loaded loaded, incidents::Moment moment);

  // `stream` numbers are chosen by the caller, never reused.
  void Opened(uint64_t stream, const HostIdentity& host, const HelloMessage& hello,
              incidents::Moment moment);
  void Input(uint64_t stream, const AgentInput& input, incidents::Moment moment);
  void Closed(uint64_t stream, incidents::Moment moment);
  void Tick(incidents::Moment moment);
  // Takes a host that is not connected out of everything: its picture, its alerts (withdrawn, with
  // the decision `why`, rules::IsHostGone), its rows in the store. What it told of transitions and
  // timelines stays until its time. If it comes again, it is new.
  ForgetOutcome Forget(const HostId& host, rules::Decision why, incidents::Moment moment);
  // What the collector sees of itself: a check of model::CollectorsOwn(), which is in the picture
  // while it is not well.
  void NoteOwn(model::CheckPicture said, incidents::Moment moment);
  // Asks every connected host of the stack to look now, at all its checks.
  void AskStack(const StackId& stack);
  // When Tick has something to do.
  WallTime NextDeadline() const;

  // Nothing is being read from the agents at the moment: nothing is concluded from their silence.
  void NotReading(incidents::Moment moment);
  // The same of one stream.
  void NotReading(uint64_t stream, incidents::Moment moment);

  void MarkDurable(const EngineOutput::Ack& ack);

  // Everything since the last call.
  EngineOutput Take(incidents::Moment moment);

  const PipelineCounters& counters() const { return counters_; }

 private:
  HostRecord* FindStream(uint64_t stream);
  void Handle(HostRecord& host, const HelloMessage& input, incidents::Moment moment);
  void Handle(HostRecord& host, const DeclarationsMessage& input, incidents::Moment moment);
  void Handle(HostRecord& host, const SnapshotMessage& input, incidents::Moment moment);
  void Handle(HostRecord& host, const RecordsMessage& input, incidents::Moment moment);
  void Handle(HostRecord& host, const GaugesMessage& input, incidents::Moment moment);
  void Handle(HostRecord& host, const HeartbeatMessage& input, incidents::Moment moment);
  void Handle(HostRecord& host, const LookResultMessage& input, incidents::Moment moment);
  void Handle(HostRecord& host, const GoodbyeMessage& input, incidents::Moment moment);
  void Handle(HostRecord& host, const HostFactsMessage& input, incidents::Moment moment);
  void Handle(HostRecord& host, const ProbeResultMessage& input, incidents::Moment moment);

  // engine_forget.cc
  void TakeOut(HostRecord& host, rules::Decision why, incidents::Moment moment);
  void ForgetOldName(const HostId& host, incidents::Moment moment);
  void ForgetSilent(incidents::Moment moment);
  // engine_refused.cc. Of a number that means another check, or none, nothing is shown any more.
  void TakeRefused(HostRecord& host, const Refusals& refused, incidents::Moment moment);
  void NumberIsGone(HostRecord& host, uint32_t number);
  void EndHistory(HostRecord& host, incidents::Moment moment);
  void GuardClock(incidents::Moment moment);
  // Two programs with the certificate of one host take each other's place in turn.
  bool MayReplace(HostRecord& host, incidents::Moment moment) const;
  void StillAway(HostRecord& host, incidents::Moment moment);

  // engine_silence.cc
  void IsSilent(HostRecord& host, const OngoingSilence& silence, const std::string& detail,
                incidents::Moment moment);
  void IsHeard(HostRecord& host, incidents::Moment moment);
  void GiveOthersTime(WallTime now);
  void LookForSilence(incidents::Moment moment);  // engine.cc: who is not heard any more
  void LookForSilent(incidents::Moment moment);   // what is known of those
  void JudgeSilent(HostRecord& host, incidents::Moment moment);
  bool IsComingBack(HostRecord& host, WallTime now);
  bool IsCutOff(const HostRecord& host, WallTime now) const;
  void SayCutOff(WallTime since, incidents::Moment moment);
  void ConcludeSilence(HostRecord& host, const std::string& reason, const std::string& detail,
                       incidents::Moment moment);
  void WithdrawCheck(HostRecord& host, const CheckId& check, incidents::Moment moment);
  void TakeGap(HostRecord& host, store::StoredGap gap, incidents::Moment moment);
  void TakeTransition(HostRecord& host, const RecordMessage& record, const SeenObservation& said,
                      incidents::Moment moment);
  void LookAt(HostRecord& host, const CheckId& check, incidents::Moment moment);
  // `since`: when a state that is another one began.
  void SetLink(HostRecord& host, model::LinkState link, const std::string& reason,
               const std::string& detail, WallTime since, incidents::Moment moment);
  // A copy of the host's picture that may be changed until the next publication.
  model::HostPicture& Edit(HostRecord& host);
  void Touch(HostRecord& host, const CheckId& check);

  const EngineOptions options_;
  incidents::IncidentBook book_;
  AlertDesk desk_;
  Probing probing_;
  model::Hosts hosts_;
  std::map<HostId, HostRecord> records_;
  std::map<uint64_t, HostId> streams_;
  Effects effects_;
  std::set<HostId> relinked_;  // store::Commit has them in the next output
  EngineOutput output_;
  PipelineCounters counters_;
  bool changed_ = true;
  uint64_t version_ = 0;
  uint64_t next_request_ = 1;
  WallTime next_tick_;
  WallTime started_;
  std::optional<WallTime> next_look_;  // at silent hosts, while something is undecided
  incidents::Moment last_;             // when the engine was last driven
  const MonoTime began_;
};

}  // namespace faultline::pipeline
