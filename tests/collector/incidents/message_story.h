// The stack of the runbook and what befalls it, told by its agents over the wire to a collector:
// FromWire and the engine make of it the messages that a person would get.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "collector/incidents/incident.h"
#include "collector/pipeline/engine.h"
#include "faultline/v1/agent_link.pb.h"
#include "tests/collector/incidents/agent_words.h"

namespace faultline::incidents {

// 2026-11-22 03:14:07.412 UTC.
inline constexpr WallTime kBegan{1795317247'412'000'000};

// What an agent's declaration says of a check beside its identity.
struct Watched {
  std::string subject;  // as configured
  std::string unit;
  std::string address;  // that it aims at
  int port = 0;
  Span interval;
};

// Hosts db-1 (mysql.service on 3306) and app-1 (nginx, todo.service, a port check of db-1), all
// well, both on EC2. It is kBegan then, and time passes only where a test says so.
class Story {
 public:
  struct Empty {};
  Story();
  // No hosts yet.
  explicit Story(Empty, MessageOptions options = {"Europe/Berlin", "https://faultline.example"});

  // Connects. `instance`: of EC2, with its region; empty elsewhere.
  void AddHost(const std::string& name, const std::string& address,
               const std::string& instance = "", const std::string& region = "us-east-1");
  // Takes a check into the host's configuration, and what it sees first.
  void Watch(const std::string& host, const CheckId& id, const Watched& watched, Seen seen);
  // A check sees something new.
  void See(const std::string& host, const CheckId& id, Seen seen);
  // A look at the same state: newer words and figures.
  void Refresh(const std::string& host, const CheckId& id, Seen seen);
  void Unwatch(const std::string& host, const CheckId& id);
  // The stream ends without a word; later it is back with all that it saw meanwhile.
  void Cut(const std::string& host);
  void Back(const std::string& host);

  void Pass(Span time);
  WallTime now() const { return now_; }

  // The newest text of the newest incident, as the page shows it.
  std::string Message() const;
  // What was told since the last call, whole messages.
  std::vector<std::string> Told();
  const Incident& incident() const { return *newest_; }

 private:
  struct Host {
    HostIdentity identity;
    faultline::v1::Hello hello;
    std::vector<faultline::v1::CheckDeclaration> checks;
    std::map<CheckId, uint32_t> numbers;
    std::map<CheckId, Seen> last;
    std::map<CheckId, uint64_t> last_seq;
    std::vector<faultline::v1::Record> spool;
    uint64_t stream = 0;
  };

  Moment Now() const { return {now_, MonoTime{now_.ns - kBegan.ns + Span::Seconds(1000).ns}}; }
  void Connect(Host& host);
  void Send(Host& host, const faultline::v1::Record& record);
  void Beat();
  void Settle();

  std::map<std::string, Host> hosts_;
  std::unique_ptr<pipeline::Engine> engine_;
  std::vector<std::string> told_;
  std::shared_ptr<const Incident> newest_;
  uint64_t next_stream_ = 1;
  WallTime now_ = kBegan;
  WallTime last_beat_;
};

}  // namespace faultline::incidents
