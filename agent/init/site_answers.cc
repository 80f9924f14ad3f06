#include "agent/init/site_answers.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "agent/host/http_client.h"
#include "agent/host/loop.h"
#include "common/text.h"
#include "re2/re2.h"

namespace faultline::init {
namespace {

constexpr size_t kMaxSitesAsked = 16;
constexpr size_t kMaxPath = 256;

struct Question {
  const WebSite* site = nullptr;
  bool tls = false;
  std::string path;
};

std::string FailureOf(const host::HttpResult& result) {
  if (!result.cannot.empty()) return result.cannot;
  if (!result.not_http.empty()) return result.not_http;
  if (!result.failure.has_value()) return "";
  switch (result.failure->kind) {
    case host::StreamEndKind::kTimeout:
      return "nothing came within 5s";
    case host::StreamEndKind::kTls:
      return absl::StrCat("no TLS handshake: ", result.failure->words);
    case host::StreamEndKind::kTcp:
      return "the connection is refused or reset";
    case host::StreamEndKind::kClosed:
      break;
  }
  return "the connection was closed";
}

SiteAnswer SiteAnswerOf(const host::HttpResult& result) {
  static const RE2& ok = *new RE2(R"("status"\s*:\s*"ok")");
  SiteAnswer answer;
  answer.failure = CleanText(FailureOf(result), 200);
  if (result.answer.has_value() && answer.failure.empty()) {
    answer.status = result.answer->status;
    answer.location = result.answer->location;
    answer.says_ok = RE2::PartialMatch(result.answer->body, ok);
  }
  if (!result.tls.has_value()) return answer;
  for (const host::TlsDoubt& doubt : result.tls->doubts) {
    if (doubt.kind == host::TlsDoubtKind::kSelfSigned) answer.self_signed = true;
    answer.untrusted = answer.untrusted || doubt.kind == host::TlsDoubtKind::kIssuerMissing ||
                       doubt.kind == host::TlsDoubtKind::kUntrusted;
  }
  return answer;
}

std::map<std::string, SiteAnswer> Ask(const std::vector<Question>& questions) {
  std::map<std::string, SiteAnswer> answers;
  auto loop = host::Loop::Create();
  if (!loop.ok() || questions.empty()) return answers;
  size_t open = 0;
  std::vector<std::unique_ptr<host::HttpExchange>> exchanges;
  for (const Question& question : questions) {
    const std::optional<NginxListen>& listen =
        question.tls ? question.site->tls : question.site->plain;
    host::HttpRequest request;
    request.target = {*host::ParseIpAddress(question.site->Address(question.tls)), listen->port,
                      Span::Seconds(5)};
    request.host = question.site->domain.value;
    request.path = question.path;
    if (question.tls) {
      request.tls = host::TlsSettings{.server_name = request.host, .alpn = "http/1.1"};
    }
    const std::string url = SiteUrl(*question.site, question.tls, question.path);
    ++open;
    exchanges.push_back(host::HttpFetch(**loop, request, [&, url](const host::HttpResult& result) {
      answers[url] = SiteAnswerOf(result);
      if (--open == 0) (*loop)->Stop();
    }));
  }
  (*loop)->Run().IgnoreError();
  return answers;
}

bool IsPath(const std::string& text) {
  return !text.empty() && text.size() <= kMaxPath && text.front() == '/' &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

}  // namespace

std::string SiteAnswer::Words() const {
  if (status == 0) return absl::StrCat("does not answer: ", failure);
  return absl::StrCat("answers ", status,
                      location.empty() ? "" : absl::StrCat(" to ", CleanText(location, 100)));
}

std::string SiteUrl(const WebSite& site, bool tls, const std::string& path) {
  const std::optional<NginxListen>& listen = tls ? site.tls : site.plain;
  const uint16_t usual = tls ? 443 : 80;
  const uint16_t port = listen.has_value() ? listen->port : usual;
  return absl::StrCat(tls ? "https://" : "http://", site.domain.value,
                      port == usual ? "" : absl::StrCat(":", port), path);
}

std::string RedirectedPath(const WebSite& site, const SiteAnswer& answer) {
  if (answer.status < 300 || answer.status > 399) return "";
  std::string path(absl::StripPrefix(
      answer.location, absl::StripSuffix(SiteUrl(site, site.tls.has_value(), "/"), "/")));
  // A query may be good for once, or a secret.
  path = path.substr(0, path.find_first_of("?#"));
  return IsPath(path) && path != "/" && !absl::StartsWith(path, "//") ? path : "";
}

std::map<std::string, SiteAnswer> AskSites(const std::vector<WebSite>& sites) {
  std::vector<Question> questions;
  for (size_t i = 0; i < std::min(sites.size(), kMaxSitesAsked); ++i) {
    const WebSite& site = sites[i];
    if (!site.domain.known()) continue;
    if (site.tls.has_value()) questions.push_back({&site, true, "/"});
    if (site.plain.has_value()) questions.push_back({&site, false, "/"});
    if (i == 0 && (site.tls.has_value() || site.plain.has_value())) {
      questions.push_back({&site, site.tls.has_value(), "/db-check"});
    }
  }
  std::map<std::string, SiteAnswer> answers = Ask(questions);
  std::vector<Question> further;
  for (size_t i = 0; i < std::min(sites.size(), kMaxSitesAsked); ++i) {
    const bool tls = sites[i].tls.has_value();
    const auto first = answers.find(SiteUrl(sites[i], tls, "/"));
    if (!sites[i].domain.known() || first == answers.end()) continue;
    const std::string path = RedirectedPath(sites[i], first->second);
    if (!path.empty()) further.push_back({&sites[i], tls, path});
  }
  answers.merge(Ask(further));
  return answers;
}

}  // namespace faultline::init
