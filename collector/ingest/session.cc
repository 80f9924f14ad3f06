#include "collector/ingest/session.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/log.h"
#include "common/text.h"
#include "common/tls/certificate.h"
#include "grpc/grpc_security_constants.h"

namespace faultline::ingest {
namespace {

namespace v1 = faultline::v1;

constexpr Span kHelloWithin = Span::Seconds(10);
constexpr Span kEndWithin = Span::Seconds(2);
constexpr int kLinesPerMinute = 20;

v1::Stream ToWire(store::Stream stream) {
  return stream == store::Stream::kTransitions ? v1::STREAM_TRANSITIONS : v1::STREAM_LOG_EVENTS;
}

template <typename Positions>
void FillPositions(const std::map<store::Stream, uint64_t>& from, Positions* to) {
  for (const auto& [stream, seq] : from) {
    v1::StreamPosition& position = *to->Add();
    position.set_stream(ToWire(stream));
    position.set_seq(seq);
  }
}

}  // namespace

void SessionContext::Warn(const std::string& text) {
  const MonoTime now = clock.Mono();
  {
    MutexLock lock(log_mutex_);
    if (now - log_window_ > Span::Seconds(60)) {
      log_window_ = now;
      logged_ = 0;
    }
    if (++logged_ > kLinesPerMinute) return;
  }
  LogWarning(text);
}

Session::Session(SessionContext& context, Owner& owner, grpc::ServerCompletionQueue& queue)
    : context_(context),
      owner_(owner),
      queue_(queue),
      read_tag_([this](bool ok) { OnRead(ok); }),
      write_tag_([this](bool ok) { OnWritten(ok); }),
      finish_tag_([this](bool) { OnFinished(); }),
      deadline_(queue) {}

void Session::Accept(v1::AgentLink::AsyncService& service, CompletionTag* tag) {
  MutexLock lock(mutex_);
  service.RequestConnect(&call_->context, &call_->stream, &queue_, &queue_, tag);
}

void Session::Start() {
  ++context_.streams;
  if (!Identify() || !CheckStanding()) return;
  deadline_.Start(kHelloWithin, [this] {
    End({grpc::StatusCode::INVALID_ARGUMENT, "no hello within 10 s"}, true);
  });
  ReadNext();
}

std::string Session::Name() const {
  return absl::StrCat(identity_.id.host, " of ", identity_.id.stack.ToString(), " at ", peer_);
}

// Who speaks is said by the certificate alone, never by what is said.
bool Session::Identify() {
  std::string why = "it has no URI name faultline://STACK/HOST?env=ENV&role=ROLE";
  int found = 0;
  {
    MutexLock lock(mutex_);
    peer_ = CleanText(call_->context.peer(), 80);
    for (const grpc::string_ref& uri :
         call_->context.auth_context()->FindPropertyValues(GRPC_PEER_URI_PROPERTY_NAME)) {
      const auto identity = ParseIdentityUri({uri.data(), uri.size()});
      if (identity.ok()) {
        identity_ = *identity;
        ++found;
      } else {
        why = std::string(identity.status().message());
      }
    }
  }
  if (found == 1) return true;
  if (found > 1) why = "it names more than one host";
  ++context_.refused_identity;
  context_.Warn(absl::StrCat("refused a stream from ", peer_, ": its certificate: ", why));
  End({grpc::StatusCode::UNAUTHENTICATED, absl::StrCat("your certificate: ", why)}, false);
  return false;
}

// The serial is known before the look at the standing, and who revokes changes the standing before
// he looks for streams: one of the two sees the other.
bool Session::CheckStanding() {
  if (context_.options.standing == nullptr) return true;
  std::string serial;
  {
    MutexLock lock(mutex_);
    const auto pem =
        call_->context.auth_context()->FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME);
    if (!pem.empty()) serial = tls::SerialOfPem({pem[0].data(), pem[0].size()});
    serial_ = serial;
  }
  const absl::Status standing = context_.options.standing->Admit(serial);
  if (standing.ok()) return true;
  ++context_.refused_standing;
  const std::string why(standing.message());
  context_.Warn(absl::StrCat("refused a stream of ", Name(), ": ", why));
  End({grpc::StatusCode::UNAUTHENTICATED, why}, false);
  return false;
}

void Session::EndUnlessStanding(const HostId& host, const std::string& why) {
  {
    MutexLock lock(mutex_);
    if (serial_.empty() || identity_.id != host) return;
    const auto standing = context_.options.standing->Find(serial_);
    if (standing && standing->revoked_why.empty()) return;
  }
  End({grpc::StatusCode::UNAUTHENTICATED, why}, false);
}

void Session::ReadNext() {
  MutexLock lock(mutex_);
  if (ending_ || call_ == nullptr) return;
  reading_ = true;
  call_->stream.Read(&incoming_, &read_tag_);
}

void Session::OnRead(bool ok) {
  const std::shared_ptr<Session> self = shared_from_this();
  bool ending = false;
  {
    MutexLock lock(mutex_);
    reading_ = false;
    ending = ending_;
  }
  if (ending) return MaybeGone();
  if (!ok) {
    // Only a goodbye is an orderly end. Whether anybody still hears this is not known.
    return End(said_goodbye_ ? grpc::Status::OK
                             : grpc::Status(grpc::StatusCode::INVALID_ARGUMENT,
                                            "the stream ended without a goodbye, or a message "
                                            "could not be read"),
               false);
  }
  const absl::Status handled = Handle(incoming_);
  if (handled.ok()) return;
  ++context_.invalid_messages;
  context_.Warn(absl::StrCat("ended the stream of ", Name(), ": ",
                             CleanText(std::string(handled.message()), 300)));
  End({grpc::StatusCode::INVALID_ARGUMENT, CleanText(std::string(handled.message()), 300)}, false);
}

void Session::SendWelcome(const std::map<store::Stream, uint64_t>& acknowledged,
                          Span heartbeat_interval) {
  v1::CollectorMessage message;
  v1::Welcome& welcome = *message.mutable_welcome();
  FillPositions(acknowledged, welcome.mutable_acknowledged());
  welcome.set_heartbeat_interval_ns(heartbeat_interval.ns);
  welcome.set_max_message_bytes(static_cast<uint32_t>(context_.options.max_message_bytes));
  welcome.set_server(absl::StrCat("faultline-collector ", FAULTLINE_VERSION));
  Send(std::move(message));
}

void Session::SendAck(const std::map<store::Stream, uint64_t>& acknowledged) {
  v1::CollectorMessage message;
  FillPositions(acknowledged, message.mutable_ack()->mutable_positions());
  Send(std::move(message));
}

void Session::SendLookNow(uint64_t request, const std::vector<uint32_t>& checks, Span deadline,
                          bool for_person) {
  v1::CollectorMessage message;
  v1::LookNow& look = *message.mutable_look_now();
  look.set_request(request);
  look.mutable_checks()->Add(checks.begin(), checks.end());
  look.set_deadline_ns(deadline.ns);
  look.set_for_person(for_person);
  Send(std::move(message));
}

void Session::SendProbeHost(uint64_t request, const std::vector<std::string>& addresses,
                            const std::vector<int>& ports, Span deadline) {
  v1::CollectorMessage message;
  v1::ProbeHost& probe = *message.mutable_probe_host();
  probe.set_request(request);
  probe.mutable_addresses()->Add(addresses.begin(), addresses.end());
  for (const int port : ports) probe.add_ports(static_cast<uint32_t>(port));
  probe.set_deadline_ns(deadline.ns);
  Send(std::move(message));
}

void Session::Close(const std::string& why) { End({grpc::StatusCode::UNAVAILABLE, why}, true); }

void Session::Send(v1::CollectorMessage message) {
  {
    MutexLock lock(mutex_);
    if (ending_) return;
    if (waiting_.size() < context_.options.max_queued_writes) {
      waiting_.push_back(std::move(message));
      return WriteLocked();
    }
  }
  ++context_.slow_streams;
  context_.Warn(absl::StrCat("ended the stream of ", Name(), ": it does not read what it is sent"));
  End({grpc::StatusCode::RESOURCE_EXHAUSTED, "you read too slowly"}, true);
}

void Session::WriteLocked() {
  if (writing_ || waiting_.empty()) return;
  outgoing_ = std::move(waiting_.front());
  waiting_.pop_front();
  writing_ = true;
  call_->stream.Write(outgoing_, &write_tag_);
}

void Session::OnWritten(bool ok) {
  const std::shared_ptr<Session> self = shared_from_this();
  bool ended = false;
  {
    MutexLock lock(mutex_);
    writing_ = false;
    if (ending_) {
      FinishLocked();
      return;
    }
    if (ok) {
      WriteLocked();
    } else {
      ended = true;
    }
  }
  if (ended) End({grpc::StatusCode::UNAVAILABLE, "the stream broke"}, true);
}

void Session::End(const grpc::Status& status, bool cancel) {
  uint64_t stream = 0;
  {
    MutexLock lock(mutex_);
    if (ending_) return;
    ending_ = true;
    status_ = status;
    stream = stream_;
    waiting_.clear();
    if (!writing_) {
      FinishLocked();
    } else if (cancel) {
      call_->context.TryCancel();
    } else {
      // What is being written may never end when the other side does not read.
      deadline_.Start(kEndWithin, [this] {
        MutexLock late(mutex_);
        if (call_ != nullptr) call_->context.TryCancel();
      });
    }
  }
  if (stream != 0) context_.gate.Closed(stream);
}

void Session::FinishLocked() { call_->stream.Finish(status_, &finish_tag_); }

void Session::OnFinished() {
  const std::shared_ptr<Session> self = shared_from_this();
  {
    MutexLock lock(mutex_);
    finished_ = true;
  }
  MaybeGone();
}

void Session::MaybeGone() {
  std::unique_ptr<Call> call;
  {
    MutexLock lock(mutex_);
    if (!finished_ || reading_ || writing_ || call_ == nullptr) return;
    call = std::move(call_);
  }
  deadline_.Cancel();
  call.reset();
  --context_.streams;
  owner_.OnGone(this);
}

}  // namespace faultline::ingest
