#include "collector/collector.h"

#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "collector/channel_numbers.h"
#include "collector/enrolment/enrolment_server.h"
#include "collector/http/host_guard.h"
#include "collector/http/server.h"
#include "collector/http/site.h"
#include "collector/ingest/ingest.h"
#include "collector/metrics/metrics.h"
#include "collector/notify/channels.h"
#include "collector/operator/last_reload.h"
#include "collector/operator/live_feed.h"
#include "collector/part_options.h"
#include "collector/pipeline/pipeline.h"
#include "collector/reload.h"
#include "collector/security/joining.h"
#include "collector/security/open_secrets.h"
#include "collector/security/operator_key.h"
#include "collector/security/token_files.h"
#include "collector/store/store.h"
#include "common/log.h"
#include "common/mutex.h"

namespace faultline::collector {
namespace {

// The pipeline looks up at least this often, also when nothing happens.
constexpr Span kAliveWithin = Span::Seconds(10);

// Wakes the channels when the outbox has grown. The store may still commit, and call, when they
// have gone.
class Waker {
 public:
  void Set(notify::Channels* channels) {
    MutexLock lock(mutex_);
    channels_ = channels;
  }
  void Wake() {
    MutexLock lock(mutex_);
    if (channels_ != nullptr) channels_->Wake();
  }

 private:
  Mutex mutex_;
  notify::Channels* channels_ FAULTLINE_GUARDED_BY(mutex_) = nullptr;
};

class CollectorImpl : public Collector {
 public:
  CollectorImpl(const config::CollectorConfig& config, const Clock& clock,
                std::unique_ptr<store::Store> store, store::Loaded loaded)
      : config_(config),
        clock_(clock),
        started_at_(clock.Now()),
        store_(std::move(store)),
        channels_(std::make_unique<notify::Channels>(*store_, clock)),
        feed_(started_at_),
        pipeline_(std::make_unique<pipeline::Pipeline>(PipelineOptionsOf(config), std::move(loaded),
                                                       *store_, clock)) {}

  ~CollectorImpl() override {
    // Whoever asks goes first: the answers are made of the parts below. Then no new input; the
    // pipeline commits the last of it, deliveries go on meanwhile.
    http_.reset();
    site_.reset();
    enrolment_.reset();
    if (joining_ != nullptr) joining_->set_on_ended({});
    ingest_.reset();
    metrics_.reset();
    joining_.reset();
    pipeline_.reset();
    waker_->Set(nullptr);
    channels_.reset();
  }

  absl::Status StartParts() {
    waker_->Set(channels_.get());
    store_->set_outbox_listener([waker = waker_] { waker->Wake(); });
    absl::Status channels = channels_->Apply(config_.webhooks, config_.display_url);
    if (!channels.ok()) return channels;
    pipeline_->set_memory_outlet([this](const incidents::Notification& notification) {
      channels_->SendFromMemory(notification);
    });
    pipeline_->AddObserver(feed_);
    pipeline_->Start();

    if (absl::Status started = StartAgentsSide(); !started.ok()) return started;
    // Also where nothing can be changed yet, so that who tries is told why and not to look for a
    // key.
    auto key = security::OperatorKey::OpenOrMake(config_.OperatorKeyFile());
    std::string no_changes;
    if (key.ok()) {
      operator_key_ = *std::move(key);
    } else {
      no_changes = std::string(key.status().message());
      LogError(absl::StrCat("runs on, but nothing can be changed by the API: ", no_changes));
    }

    metrics_ = std::make_unique<metrics::Metrics>(metrics::MetricsSources{
        .pictures = *pipeline_,
        .version = FAULTLINE_VERSION,
        .ingest = [this] { return IngestNumbers(); },
        .channels = [this] { return ChannelNumbersOf(*channels_, clock_.Now()); },
        .feed =
            [this] {
              return metrics::FeedNumbers{feed_.subscribers(), feed_.events()};
            },
        .store_works = [this] { return store_->failing_since().ns == 0; },
        .enrolment = EnrolmentSource(),
        .reload = [this] { return ReloadNumbers(); }});
    site_ =
        std::make_unique<http::Site>(
            http::SiteParts{.api = {.pictures = *pipeline_,
                                    .store = *store_,
                                    .clock = clock_,
                                    .started_at = started_at_,
                                    .version = FAULTLINE_VERSION,
                                    .joining = joining_.get(),
                                    .looks = pipeline_.get(),
                                    .channels = channels_.get(),
                                    .forgetter = pipeline_.get(),
                                    .reload = &reload_},
                            .feed = feed_,
                            .metrics = *metrics_,
                            .readiness = {{"store", [this] { return StoreReady(); }}},
                            .vital = {{"pipeline", [this] { return PipelineAlive(); }}},
                            .allowed_hosts = AllowedHosts(),
                            .may_change =
                                [this](std::string_view authorization) {
                                  return operator_key_ && operator_key_->Matches(authorization);
                                },
                            .no_changes = no_changes});
    auto http = http::HttpServer::Start(
        {.listen = config_.listen_http,
         .refused = [this](int status) { site_->CountRefused(status); }},
        [this](const http::Request& request) { return site_->Handle(request); });
    if (!http.ok()) return http.status();
    http_ = *std::move(http);
    return absl::OkStatus();
  }

  absl::Status Reload(const absl::StatusOr<config::CollectorConfig>& loaded) override {
    const absl::Status status = loaded.ok() ? TakeOver(*loaded) : loaded.status();
    const WallTime now = clock_.Now();
    status.ok() ? reload_.Succeeded(now) : reload_.Refused(now, RefusalText(status));
    return status;
  }

  int agents_port() const override { return ingest_->port(); }
  int http_port() const override { return http_->port(); }
  int enrolment_port() const override { return enrolment_ == nullptr ? 0 : enrolment_->port(); }
  bool alive() const override { return pipeline_->LastTurn() + kAliveWithin > clock_.Mono(); }

 private:
  absl::Status TakeOver(const config::CollectorConfig& loaded) {
    absl::Status channels = channels_->Apply(loaded.webhooks, config_.display_url);
    if (!channels.ok()) return channels;
    for (const std::string& line : NeedsRestart(config_, loaded)) LogWarning(line);
    store_->SetChannels(ChannelNames(loaded));
    if (joining_ != nullptr) security::ImportTokenFiles(loaded.authority.tokens, *joining_);
    config_.webhooks = loaded.webhooks;
    config_.authority.tokens = loaded.authority.tokens;
    LogInfo(absl::StrCat("reloaded ", loaded.file, ": ", loaded.webhooks.size(), " channels"));
    return absl::OkStatus();
  }

  // The agents' port, and what lets them in.
  absl::Status StartAgentsSide() {
    if (!config_.is_authority()) {
      for (const auto& secret : security::OpenSecrets(config_)) LogWarning(secret.text);
    }
    ingest::IngestOptions options{.listen = config_.listen_agents,
                                  .ca = config_.tls_ca,
                                  .certificate = config_.tls_certificate,
                                  .key = config_.tls_key};
    if (config_.is_authority()) {
      if (absl::Status opened = OpenAuthority(); !opened.ok()) return opened;
      auto own = joining_->authority().IssueServer();
      if (!own.ok()) return own.status();
      options.own = *std::move(own);
      options.standing = &joining_->standing();
    }
    auto ingest = ingest::IngestServer::Start(options, *pipeline_, clock_);
    if (!ingest.ok()) return ingest.status();
    ingest_ = *std::move(ingest);
    if (joining_ == nullptr) return absl::OkStatus();
    joining_->set_on_ended(
        [this](const HostId& host, const std::string& why) { ingest_->EndStreams(host, why); });
    auto enrolment = enrolment::EnrolmentServer::Start({.listen = config_.listen_enrolment},
                                                       *options.own, *joining_);
    if (!enrolment.ok()) return enrolment.status();
    enrolment_ = *std::move(enrolment);
    return absl::OkStatus();
  }

  absl::Status OpenAuthority() {
    auto joining = security::Joining::Open({.directory = config_.authority.directory,
                                            .certificate_life = config_.authority.certificate_life,
                                            .renew_expired = config_.authority.renew_expired},
                                           *pipeline_, clock_);
    if (!joining.ok()) return joining.status();
    joining_ = *std::move(joining);
    security::ImportTokenFiles(config_.authority.tokens, *joining_);
    return absl::OkStatus();
  }

  std::function<metrics::EnrolmentNumbers()> EnrolmentSource() {
    if (joining_ == nullptr) return {};
    return [this] {
      security::JoiningNumbers numbers = joining_->Numbers();
      return metrics::EnrolmentNumbers{
          .outcomes = std::move(numbers.outcomes),
          .active_tokens = numbers.active_tokens,
          .authority_end_seconds = static_cast<double>(numbers.authority_end.ns) / 1e9,
          .nearest_end_seconds = static_cast<double>(numbers.nearest_end.ns) / 1e9};
    };
  }

  absl::Status PipelineAlive() const {
    if (alive()) return absl::OkStatus();
    return absl::UnavailableError(
        absl::StrCat("has not moved for ", FormatSpan(kAliveWithin), "; restart the collector"));
  }

  absl::Status StoreReady() const {
    if (store_->failing_since().ns == 0) return absl::OkStatus();
    return absl::UnavailableError(absl::StrCat(
        "failing since ", FormatRfc3339(store_->failing_since()), ": ", store_->last_error()));
  }

  metrics::ReloadNumbers ReloadNumbers() const {
    const operator_api::LastReload last = reload_.last();
    return {.is_refused = last.refused_at.ns != 0,
            .success_seconds = static_cast<double>(last.succeeded_at.ns) / 1e9};
  }

  metrics::IngestNumbers IngestNumbers() const {
    const ingest::IngestCounters counters = ingest_->counters();
    return {.streams = counters.streams,
            .accepted = counters.accepted,
            .refused_identity = counters.refused_identity,
            .refused_standing = counters.refused_standing,
            .invalid_messages = counters.invalid_messages,
            .slow_streams = counters.slow_streams};
  }

  std::vector<std::string> AllowedHosts() const {
    const std::string host = http::HostOfUrl(config_.display_url);
    return host.empty() ? std::vector<std::string>{} : std::vector<std::string>{host};
  }

  config::CollectorConfig config_;  // after the start: of the thread that reloads
  const Clock& clock_;
  const WallTime started_at_;
  operator_api::ReloadNote reload_{started_at_};
  std::unique_ptr<store::Store> store_;
  const std::shared_ptr<Waker> waker_ = std::make_shared<Waker>();
  std::unique_ptr<notify::Channels> channels_;
  operator_api::LiveFeed feed_;
  std::unique_ptr<pipeline::Pipeline> pipeline_;
  std::unique_ptr<security::Joining> joining_;  // only where the collector is the authority
  std::optional<security::OperatorKey> operator_key_;
  std::unique_ptr<metrics::Metrics> metrics_;
  std::unique_ptr<http::Site> site_;
  std::unique_ptr<ingest::IngestServer> ingest_;
  std::unique_ptr<enrolment::EnrolmentServer> enrolment_;
  std::unique_ptr<http::HttpServer> http_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Collector>> Collector::Start(const config::CollectorConfig& config,
                                                            const Clock& clock) {
  auto store = store::OpenSqliteStore({.path = config.store_path,
                                       .channels = ChannelNames(config),
                                       .keep_records = config.store_keep,
                                       .max_bytes = config.store_max_bytes,
                                       .on_channels = notify::LogChannelChanges},
                                      clock);
  if (!store.ok()) return store.status();
  auto loaded = (*store)->Load();
  if (!loaded.ok()) return loaded.status();
  LogInfo(absl::StrCat("store ", config.store_path, ": ", loaded->incidents.size(),
                       " recent incidents, ", loaded->alerts.size(), " alerts, ",
                       loaded->hosts.size(), " hosts"));
  auto collector =
      std::make_unique<CollectorImpl>(config, clock, *std::move(store), *std::move(loaded));
  if (absl::Status status = collector->StartParts(); !status.ok()) return status;
  return collector;
}

}  // namespace faultline::collector
