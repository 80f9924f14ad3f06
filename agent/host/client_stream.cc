#include "agent/host/client_stream.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

namespace faultline::host {
namespace {

// A fast sender gets this many reads before the loop's other sources have their turn.
constexpr int kStreamReadsPerTurn = 4;
constexpr Span kPaused = Span::Millis(250);

}  // namespace

ClientStream::ClientStream(Loop& loop, const StreamTarget& target, std::unique_ptr<TlsSession> tls,
                           StreamObserver& observer)
    : loop_(loop), target_(target), observer_(observer), tls_(std::move(tls)) {}

ClientStream::~ClientStream() { Close(); }

void ClientStream::Start() {
  step_begun_ = SystemClock().Mono();
  deadline_ = step_begun_ + target_.timeout;
  deadline_timer_ = loop_.After(target_.timeout, [this] { OnDeadline(); });
  fd_ = Fd(socket(target_.address.family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd_.valid()) return EndTcp(errno);
  sockaddr_storage address;
  const socklen_t length = FillSockaddr(target_.address, target_.port, &address);
  if (connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), length) == 0) return OnConnected();
  if (errno != EINPROGRESS) return EndTcp(errno);
  Watch(EPOLLOUT);
}

void ClientStream::Send(std::string_view bytes) {
  if (ended_) return;
  if (tls_ != nullptr) {
    tls_->Write(bytes);
  } else {
    unsent_.append(bytes);
  }
  Flush();
}

void ClientStream::Close() {
  if (!ended_ && tls_ != nullptr && stage_ == StreamStage::kOpen) {
    tls_->Close();
    const std::string goodbye = tls_->TakeOutput();
    send(fd_.get(), goodbye.data(), goodbye.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  }
  ended_ = true;
  deadline_timer_.reset();
  watch_.reset();  // before its descriptor closes
  fd_.Reset();
}

void ClientStream::OnReady() {
  if (stage_ != StreamStage::kConnecting) return Pump();
  int error = 0;
  socklen_t length = sizeof(error);
  if (getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &length) != 0) error = errno;
  if (error != 0) return EndTcp(error);
  OnConnected();
}

void ClientStream::OnConnected() {
  const MonoTime now = SystemClock().Mono();
  times_.connect = now - step_begun_;
  step_begun_ = now;
  if (tls_ == nullptr) return Open();
  stage_ = StreamStage::kHandshaking;
  Shake();
}

void ClientStream::Shake() {
  switch (tls_->Handshake()) {
    case TlsSession::Step::kDone:
      times_.tls = SystemClock().Mono() - step_begun_;
      return Open();
    case TlsSession::Step::kMore:
      return Flush();
    case TlsSession::Step::kFailed:
    case TlsSession::Step::kClosed:
      return EndTls();
  }
}

void ClientStream::Open() {
  stage_ = StreamStage::kOpen;
  Flush();
  if (!ended_) observer_.OnOpen();
}

void ClientStream::Pump() {
  std::array<char, 16384> buffer;
  for (int i = 0; i < kStreamReadsPerTurn && !ended_;) {
    const ssize_t n = recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) break;
    if (n < 0) return EndTcp(errno);
    if (n == 0) return End({.kind = StreamEndKind::kClosed, .stage = stage_});
    Take({buffer.data(), static_cast<size_t>(n)});
    ++i;
  }
  if (!ended_) Flush();
}

void ClientStream::Take(std::string_view bytes) {
  if (tls_ == nullptr) {
    if (!observer_.OnData(bytes)) Close();
    return;
  }
  tls_->Feed(bytes);
  if (stage_ == StreamStage::kHandshaking) Shake();
  if (stage_ == StreamStage::kOpen && !ended_) Deliver();
}

void ClientStream::Deliver() {
  std::string plain;
  while (!ended_) {
    switch (tls_->Read(&plain)) {
      case TlsSession::Step::kDone:
        if (!observer_.OnData(plain)) return Close();
        break;
      case TlsSession::Step::kMore:
        return;
      case TlsSession::Step::kClosed:
        return End({.kind = StreamEndKind::kClosed, .stage = stage_});
      case TlsSession::Step::kFailed:
        return EndTls();
    }
  }
}

// A failed send ends nothing: what the server said before it closed is still to be read, and how it
// ended then shows.
void ClientStream::Flush() {
  if (tls_ != nullptr) unsent_ += tls_->TakeOutput();
  while (!unsent_.empty()) {
    const ssize_t n = send(fd_.get(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return Watch(EPOLLIN | EPOLLOUT);
    if (n < 0) {
      unsent_.clear();
      break;
    }
    unsent_.erase(0, static_cast<size_t>(n));
  }
  Watch(EPOLLIN);
}

void ClientStream::Watch(uint32_t events) {
  if (watch_ != nullptr && watched_ == events) return;
  watch_.reset();
  auto watch = loop_.WatchFd(fd_.get(), events, [this](uint32_t) { OnReady(); });
  if (!watch.ok()) return EndTcp(ENOMEM);
  watch_ = *std::move(watch);
  watched_ = events;
}

void ClientStream::OnDeadline() {
  // Early by this clock, which stands still while the machine is suspended, as the timer's does
  // not.
  const Span late = SystemClock().Mono() - deadline_;
  const bool paused = late > kPaused || late < Span{-kPaused.ns};
  // What has arrived by now counts, also when this timer came before the socket's event.
  pollfd ready{fd_.get(), static_cast<short>(stage_ == StreamStage::kConnecting ? POLLOUT : POLLIN),
               0};
  if (poll(&ready, 1, 0) > 0) OnReady();
  if (!ended_) End({.kind = StreamEndKind::kTimeout, .stage = stage_, .paused = paused});
}

void ClientStream::EndTcp(int error) {
  const std::optional<TcpAnswer> answer = TcpAnswerFromErrno(error);
  if (!answer.has_value()) return End({.kind = StreamEndKind::kTimeout, .stage = stage_});
  End({.kind = StreamEndKind::kTcp, .stage = stage_, .tcp = *answer});
}

void ClientStream::EndTls() {
  const std::string alert = tls_->TakeOutput();
  send(fd_.get(), alert.data(), alert.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  End({.kind = StreamEndKind::kTls,
       .stage = stage_,
       .words = tls_->failure(),
       .key_mismatch = tls_->key_mismatch()});
}

void ClientStream::End(StreamEnd end) {
  if (ended_) return;
  stage_ = StreamStage::kConnecting;  // no good-bye to one that is gone
  Close();
  observer_.OnEnd(end);
}

}  // namespace faultline::host
