#include "agent/host/tls_handshake.h"

#include <utility>

namespace faultline::host {
namespace {

class Handshake : public TlsHandshake, private StreamObserver {
 public:
  Handshake(Loop& loop, std::function<void(HandshakeResult)> callback)
      : loop_(loop), callback_(std::move(callback)) {}

  void Begin(const StreamTarget& target, const TlsSettings& settings) {
    auto session = TlsSession::Create(settings);
    if (!session.ok()) {
      result_.cannot = std::string(session.status().message());
      return Finish();
    }
    stream_ = std::make_unique<ClientStream>(loop_, target, *std::move(session),
                                             static_cast<StreamObserver&>(*this));
    stream_->Start();
  }

 private:
  void OnOpen() override {
    result_.facts = stream_->tls()->Facts();
    result_.times = stream_->times();
    stream_->Close();
    Finish();
  }
  bool OnData(std::string_view) override { return false; }
  void OnEnd(const StreamEnd& end) override {
    result_.failure = end;
    result_.times = stream_->times();
    Finish();
  }

  // Later, because the callback may destroy this, and the stream is still in its own call.
  void Finish() {
    told_ = loop_.After(Span{}, [this] {
      const auto callback = std::move(callback_);
      HandshakeResult result = std::move(result_);
      callback(std::move(result));
    });
  }

  Loop& loop_;
  std::function<void(HandshakeResult)> callback_;
  HandshakeResult result_;
  std::unique_ptr<ClientStream> stream_;
  std::unique_ptr<LoopSource> told_;
};

}  // namespace

std::unique_ptr<TlsHandshake> BeginTlsHandshake(Loop& loop, const StreamTarget& target,
                                                const TlsSettings& settings,
                                                std::function<void(HandshakeResult)> callback) {
  auto handshake = std::make_unique<Handshake>(loop, std::move(callback));
  handshake->Begin(target, settings);
  return handshake;
}

}  // namespace faultline::host
