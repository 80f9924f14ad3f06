// The agent's end of the stream to the collector: connect, hello, snapshot, records, heartbeats.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "agent/config/config.h"
#include "agent/spool/spool.h"
#include "common/clock.h"
#include "common/tls/pem_files.h"
#include "faultline/v1/agent_link.pb.h"

namespace faultline::link {

// What the link asks of the agent. Called on the link's own thread: implementations post to the
// loop where they must, and answer at once otherwise.
class LinkSource {
 public:
  virtual ~LinkSource() = default;
  // All declarations and every check's state as of the spool's positions, taken together.
  virtual void TakeSnapshot(faultline::v1::CheckDeclarations* declarations,
                            faultline::v1::Snapshot* snapshot) = 0;
  // The collector asks to look now; the answer goes to Link::SendLookResult.
  virtual void OnLookNow(const faultline::v1::LookNow& ask) = 0;
  // The collector asks whether another host answers; the answer goes to Link::SendProbeResult. Not
  // yet validated, but not too often.
  virtual void OnProbeHost(const faultline::v1::ProbeHost& /*ask*/) {}
  // For the log and `faultline-agent`'s own status; `why` is empty when connected. Told after every
  // attempt: the same `why` may come again.
  virtual void OnLinkState(bool connected, const std::string& why) = 0;
  // The collector does not take our certificate or what it says (UNAUTHENTICATED,
  // PERMISSION_DENIED): told before OnLinkState, after every such attempt, unless there are other
  // credentials by then.
  virtual void OnRefused() {}
};

struct LinkOptions {
  std::string address;      // host:port
  std::string server_name;  // expected in the collector's certificate
  config::TlsFiles tls;     // read at each connection
  // Instead of the files, asked at each connection on the link's thread; the leaf may be null.
  // Unavailable: there are none yet. Whoever makes them says why; Link::OnCredentials says when
  // there are.
  std::function<absl::StatusOr<tls::PemFiles>()> credentials;
  Span credentials_look = Span::Seconds(30);  // while there are none
  // What the host is, asked on the link's thread for each hello and after each OnHostFacts; null:
  // what Start's hello says. Must answer at once.
  std::function<faultline::v1::HostFacts()> host_facts;
  Span min_backoff = Span::Millis(200);
  Span max_backoff = Span::Seconds(30);
  Span welcome_deadline = Span::Seconds(10);  // from the first attempt to connect to the welcome
};

// Owns one thread (a gRPC completion queue). Reconnects with full-jitter backoff. The destructor
// sends a goodbye if connected, within 500 ms, and joins.
//
// Thread-safe.
class Link {
 public:
  virtual ~Link() = default;
  // `spool` and `source` must outlive the link. `hello` without spool fields, which it fills in.
  static std::unique_ptr<Link> Start(const LinkOptions& options, faultline::v1::Hello hello,
                                     spool::Spool& spool, LinkSource& source, const Clock& clock);

  // New records are in the spool: send them now.
  virtual void Wake() = 0;
  // New or changed declarations (a remote address resolved anew).
  virtual void SendDeclarations(faultline::v1::CheckDeclarations declarations) = 0;
  // Dropped when not connected; the newest of a check wins.
  virtual void SendGauges(faultline::v1::Gauges gauges) = 0;
  virtual void SendLookResult(faultline::v1::LookResult result) = 0;
  // Dropped when not connected.
  virtual void SendProbeResult(faultline::v1::ProbeResult result) = 0;
  // There are other credentials than before: a link that waits for its next attempt makes it now,
  // or as soon as the one under way has failed; a stream that lives is left alone.
  virtual void OnCredentials() = 0;
  // The host's facts may have changed: a stream that lives is told those that did.
  virtual void OnHostFacts() = 0;
  // What the link says when it is destroyed; an agent that stops, if nothing was set.
  virtual void set_goodbye(const faultline::v1::Goodbye& goodbye) = 0;
};

// Reads certificate, key and CA, checks that key and certificate match and that the certificate
// carries a faultline:// URI. Errors name the file and the fix.
absl::Status CheckTlsFiles(const config::TlsFiles& files);

}  // namespace faultline::link
