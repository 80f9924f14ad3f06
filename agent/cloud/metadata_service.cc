#include "agent/cloud/metadata_service.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "agent/host/http_client.h"

namespace faultline::cloud {
namespace {

constexpr char kTokenPath[] = "/latest/api/token";
constexpr char kDocumentPath[] = "/latest/dynamic/instance-identity/document";
constexpr size_t kMaxToken = 1024;

// It goes into a header: one line of visible ASCII.
bool IsToken(const std::string& text) {
  return !text.empty() && text.size() <= kMaxToken &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

// The body of a complete answer of 200.
absl::StatusOr<std::string> BodyOf(const host::HttpResult& result, const char* path) {
  const auto wrong = [path](const auto&... what) {
    return absl::UnavailableError(absl::StrCat(path, " ", what...));
  };
  if (!result.not_http.empty()) return wrong("is not answered in HTTP: ", result.not_http);
  if (!result.answer.has_value() || result.failure.has_value()) return wrong("is not answered");
  if (result.answer->status == 403) {
    return wrong("answered 403, as where the metadata service is switched off for the instance");
  }
  if (result.answer->status != 200) return wrong("answered ", result.answer->status);
  if (result.answer->body_cut) return wrong("answered far too much");
  return result.answer->body;
}

class Lookup : public MetadataLookup {
 public:
  Lookup(host::Loop& loop, const MetadataService& service,
         std::function<void(absl::StatusOr<Ec2Identity>)> callback)
      : loop_(loop), service_(service), callback_(std::move(callback)) {}

  void Begin() {
    host::HttpRequest request = To(kTokenPath);
    request.method = "PUT";
    request.headers = {{"X-aws-ec2-metadata-token-ttl-seconds", "21600"}};
    exchange_ = host::HttpFetch(loop_, request,
                                [this](const host::HttpResult& result) { OnToken(result); });
  }

 private:
  host::HttpRequest To(const char* path) const {
    host::HttpRequest request;
    request.target = {service_.address, service_.port, service_.timeout};
    request.host = service_.address.ToString();
    request.path = path;
    return request;
  }

  void OnToken(const host::HttpResult& result) {
    const absl::StatusOr<std::string> token = BodyOf(result, kTokenPath);
    if (!token.ok()) return Finish(token.status());
    if (!IsToken(*token)) return Finish(absl::UnavailableError("the token is malformed"));
    host::HttpRequest request = To(kDocumentPath);
    request.headers = {{"X-aws-ec2-metadata-token", *token}};
    exchange_ =
        host::HttpFetch(loop_, request, [this](const host::HttpResult& got) { OnDocument(got); });
  }

  void OnDocument(const host::HttpResult& result) {
    const absl::StatusOr<std::string> document = BodyOf(result, kDocumentPath);
    if (!document.ok()) return Finish(document.status());
    std::optional<Ec2Identity> identity = FromIdentityDocument(*document);
    if (!identity.has_value()) {
      return Finish(absl::UnavailableError("the identity document names no instance and region"));
    }
    Finish(*std::move(identity));
  }

  void Finish(absl::StatusOr<Ec2Identity> found) {
    const auto callback = std::move(callback_);
    callback(std::move(found));  // may destroy this
  }

  host::Loop& loop_;
  const MetadataService service_;
  std::function<void(absl::StatusOr<Ec2Identity>)> callback_;
  std::unique_ptr<host::HttpExchange> exchange_;
};

}  // namespace

std::unique_ptr<MetadataLookup> AskMetadata(
    host::Loop& loop, const MetadataService& service,
    std::function<void(absl::StatusOr<Ec2Identity>)> callback) {
  auto lookup = std::make_unique<Lookup>(loop, service, std::move(callback));
  lookup->Begin();
  return lookup;
}

}  // namespace faultline::cloud
