#include "agent/link/connection.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "agent/link/credentials.h"
#include "agent/link/failure_hint.h"
#include "common/log.h"
#include "common/text.h"

namespace faultline::link {
namespace {

constexpr Span kGoodbyeDeadline = Span::Millis(500);
constexpr int kMaxComplaints = 5;

constexpr char kAgentPortTlsHint[] =
    "; is the collector's certificate of our tls.ca and for its name, and is that port its agent "
    "port (TLS 1.3)?";
constexpr char kJoinedTlsHint[] =
    "; is this host's clock right (timedatectl), is that port the agent port of the collector that "
    "this host has joined, and has its authority stayed the same? If not: systemctl stop "
    "faultline-agent, faultline-agent join --again";

std::string Hint(const grpc::Status& status, bool welcomed, bool joins) {
  const std::string& text = status.error_message();
  std::string hint =
      FailureHint(text, "collector.address", joins ? kJoinedTlsHint : kAgentPortTlsHint);
  if (!hint.empty()) return hint;
  // With TLS 1.3 a client hears only after its handshake that its certificate was not taken.
  if (!welcomed && (absl::StrContains(text, "Socket closed") || absl::StrContains(text, "reset"))) {
    return joins ? "; is this host's certificate of an authority that the collector takes "
                   "(faultline-agent join --again gets another), and the collector's clock right?"
                 : "; is our tls.certificate of an authority that the collector takes?";
  }
  return "";
}

bool IsUnwanted(grpc::StatusCode code) {
  return code == grpc::StatusCode::UNAUTHENTICATED || code == grpc::StatusCode::PERMISSION_DENIED;
}

bool IsRefusal(grpc::StatusCode code) {
  return code == grpc::StatusCode::INVALID_ARGUMENT || code == grpc::StatusCode::UNIMPLEMENTED ||
         IsUnwanted(code);
}

}  // namespace

Connection::Connection(const ConnectionContext& context, Owner& owner)
    : context_(context),
      owner_(owner),
      started_tag_([this](bool ok) { OnStarted(ok); }),
      read_tag_([this](bool ok) { OnRead(ok); }),
      write_tag_([this](bool ok) { OnWritten(ok); }),
      finish_tag_([this](bool) { OnFinished(); }),
      deadline_(context.queue),
      heartbeat_(context.queue) {}

absl::Status Connection::Start() {
  absl::StatusOr<std::shared_ptr<grpc::Channel>> channel = MakeChannel(context_.options);
  if (!channel.ok()) return channel.status();
  channel_ = *std::move(channel);
  stub_ = faultline::v1::AgentLink::NewStub(channel_);
  stream_ = stub_->PrepareAsyncConnect(&call_, &context_.queue.queue());
  starting_ = true;
  stream_->StartCall(&started_tag_);
  deadline_.Start(context_.options.welcome_deadline, [this] {
    Fail(absl::StrCat("no answer within ", FormatSpan(context_.options.welcome_deadline),
                      "; is that port the collector's agent port?"));
  });
  return absl::OkStatus();
}

void Connection::OnStarted(bool ok) {
  starting_ = false;
  if (!ok) {
    finishing_ = true;
    stream_->Finish(&status_, &finish_tag_);
    return;
  }
  faultline::v1::Hello& hello = *outgoing_.mutable_hello();
  hello = context_.hello;
  if (context_.options.host_facts) {
    said_facts_ = context_.options.host_facts();
    *hello.mutable_addresses() = said_facts_.addresses();
    hello.set_instance_id(said_facts_.instance_id());
    hello.set_region(said_facts_.region());
  }
  Write();
  Read();
}

void Connection::Read() {
  reading_ = true;
  stream_->Read(&incoming_, &read_tag_);
}

void Connection::Write() {
  writing_ = true;
  stream_->Write(outgoing_, &write_tag_);
}

void Connection::OnRead(bool ok) {
  reading_ = false;
  if (!ok) {
    state_ = State::kEnding;
    context_.outbox.Close();
    finishing_ = true;
    stream_->Finish(&status_, &finish_tag_);
    return;
  }
  if (state_ != State::kEnding) Handle(incoming_);
  Read();
}

void Connection::OnWritten(bool ok) {
  writing_ = false;
  // When it failed, the read fails too and the status says why.
  if (ok && said_goodbye_ && !writes_done_) {
    writes_done_ = writing_ = true;
    stream_->WritesDone(&write_tag_);
  } else if (ok) {
    Pump();
  }
  MaybeEnd();
}

void Connection::OnFinished() {
  finishing_ = false;
  finished_ = true;
  MaybeEnd();
}

void Connection::Fail(const std::string& why) {
  if (state_ == State::kEnding && !stopping_) return;
  state_ = State::kEnding;
  context_.outbox.Close();
  failure_ = why;
  heartbeat_.Cancel();
  // The pending read fails, which leads to Finish.
  call_.TryCancel();
}

void Connection::MaybeEnd() {
  if (!finished_ || reading_ || writing_ || starting_ || finishing_) return;
  deadline_.Cancel();
  heartbeat_.Cancel();
  Attempt attempt;
  attempt.welcomed = welcomed_;
  if (welcomed_) attempt.lived = context_.clock.Mono() - welcomed_at_;
  std::string why = failure_;
  if (why.empty()) {
    attempt.refused = IsRefusal(status_.error_code());
    attempt.unwanted = IsUnwanted(status_.error_code());
    const std::string text = CleanText(status_.error_message(), 400);
    why = status_.ok()
              ? "the collector ended the stream"
              : absl::StrCat(text.empty() ? "the stream broke" : FailureText(text),
                             Hint(status_, welcomed_, context_.options.credentials != nullptr));
  }
  owner_.OnEnded(attempt, absl::StrCat(context_.options.address, ": ", why));
}

void Connection::Handle(const faultline::v1::CollectorMessage& message) {
  if (message.kind_case() == faultline::v1::CollectorMessage::kWelcome) {
    return OnWelcome(message.welcome());
  }
  if (state_ != State::kLive) return Complain("sent something before its welcome");
  switch (message.kind_case()) {
    case faultline::v1::CollectorMessage::kAck:
      return OnAck(message.ack());
    case faultline::v1::CollectorMessage::kHeartbeatEcho:
      return OnEcho(message.heartbeat_echo());
    case faultline::v1::CollectorMessage::kLookNow:
      return OnLookNow(message.look_now());
    case faultline::v1::CollectorMessage::kProbeHost:
      return OnProbeHost(message.probe_host());
    case faultline::v1::CollectorMessage::kRedirect:
      return Complain(absl::StrCat("redirects to \"", CleanText(message.redirect().address(), 100),
                                   "\", which this agent does not do yet"));
    default:
      return;  // a newer collector's word
  }
}

void Connection::Complain(const std::string& what) {
  if (complaints_ >= kMaxComplaints) return;
  ++complaints_;
  LogWarning(absl::StrCat("link: the collector at ", context_.options.address, " ", what,
                          complaints_ == kMaxComplaints ? "; more of this is not logged" : ""));
}

void Connection::Stop(const faultline::v1::Goodbye& goodbye) {
  if (stopping_) return;
  stopping_ = true;
  goodbye_ = goodbye;
  heartbeat_.Cancel();
  if (state_ != State::kLive) {
    Fail("stopping");
    return;
  }
  deadline_.Start(kGoodbyeDeadline, [this] { Fail("stopping"); });
  Pump();
}

}  // namespace faultline::link
