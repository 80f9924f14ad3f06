// One TCP connection to a server, with TLS on top where it is wanted, on the loop: nothing blocks,
// everything has one deadline.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "agent/host/endpoint.h"
#include "agent/host/fd.h"
#include "agent/host/loop.h"
#include "agent/host/tcp_prober.h"
#include "agent/host/tls_session.h"
#include "common/clock.h"

namespace faultline::host {

enum class StreamStage { kConnecting, kHandshaking, kOpen };

enum class StreamEndKind {
  kClosed,   // the server ended it
  kTcp,      // `tcp` says how: refused, reset, unreachable, ...
  kTls,      // `words` says why
  kTimeout,  // the deadline passed
};

// How a connection ended that we did not end.
struct StreamEnd {
  StreamEndKind kind = StreamEndKind::kClosed;
  StreamStage stage = StreamStage::kConnecting;  // when it ended
  TcpAnswer tcp;                                 // of kTcp
  std::string words;                             // of kTls: OpenSSL's reason
  bool key_mismatch = false;                     // of kTls: see TlsSession
  // Of kTimeout: the deadline was noticed so late that this process was paused. Says nothing of the
  // server.
  bool paused = false;
};

// How long each step took; 0 = not reached.
struct StreamTimes {
  Span connect;
  Span tls;
};

struct StreamTarget {
  IpAddress address;
  uint16_t port = 0;
  Span timeout;  // from Start to the end of all
};

// Called on the loop's thread. Must not destroy the stream from within: leave that for later
// (Loop::After).
class StreamObserver {
 public:
  virtual ~StreamObserver() = default;
  virtual void OnOpen() = 0;
  // False: it has all that it wants, the connection is closed without OnEnd.
  virtual bool OnData(std::string_view bytes) = 0;
  // Once, and the last.
  virtual void OnEnd(const StreamEnd& end) = 0;
};

class ClientStream {
 public:
  // `tls` may be null. `loop` and `observer` must outlive this.
  ClientStream(Loop& loop, const StreamTarget& target, std::unique_ptr<TlsSession> tls,
               StreamObserver& observer);
  ~ClientStream();
  ClientStream(const ClientStream&) = delete;
  ClientStream& operator=(const ClientStream&) = delete;

  // May call the observer before it returns.
  void Start();
  // After OnOpen.
  void Send(std::string_view bytes);
  // Closes without OnEnd.
  void Close();

  const StreamTimes& times() const { return times_; }
  const TlsSession* tls() const { return tls_.get(); }

 private:
  void OnReady();
  void OnConnected();
  void Pump();
  void Take(std::string_view bytes);
  void Shake();
  void Open();
  void Deliver();
  void Flush();
  void Watch(uint32_t events);
  void OnDeadline();
  void EndTcp(int error);
  void EndTls();
  void End(StreamEnd end);

  Loop& loop_;
  const StreamTarget target_;
  StreamObserver& observer_;
  std::unique_ptr<TlsSession> tls_;
  StreamStage stage_ = StreamStage::kConnecting;
  bool ended_ = false;
  MonoTime step_begun_;
  MonoTime deadline_;
  StreamTimes times_;
  std::string unsent_;
  Fd fd_;
  uint32_t watched_ = 0;
  std::unique_ptr<LoopSource> watch_;
  std::unique_ptr<LoopSource> deadline_timer_;
};

}  // namespace faultline::host
