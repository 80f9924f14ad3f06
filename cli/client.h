// One-shot questions to the collector's operator API.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "cli/http.h"
#include "google/protobuf/message.h"

namespace faultline::cli {

// What the API answered: the message for rendering, the text for --output json.
template <typename Message>
struct Answer {
  Message message;
  std::string json;
};

// Reads protobuf JSON; members that this program does not know are skipped, so a newer collector
// can be asked. INTERNAL says why `json` cannot be read.
absl::Status ParseJson(std::string_view json, google::protobuf::Message* message);

// Not thread-safe. Every question is a connection of its own.
class Client {
 public:
  // A larger answer is refused: RESOURCE_EXHAUSTED.
  static constexpr size_t kMaxAnswerBytes = size_t{32} << 20;

  explicit Client(HttpOptions options) : options_(std::move(options)) {}

  // GET `path` ("/api/v1/hosts?stack=shop"). UNAVAILABLE: the collector cannot be reached.
  // NOT_FOUND: it knows no such thing. Anything else: it was reached and the answer is of no use.
  absl::StatusOr<std::string> GetText(const std::string& path) const;

  // POST of a JSON text with the operator key, without one when `key` is empty. The same errors.
  absl::StatusOr<std::string> PostText(const std::string& path, const std::string& json,
                                       const std::string& key) const;

  template <typename Message>
  absl::StatusOr<Answer<Message>> Get(const std::string& path) const {
    return Read<Message>(GetText(path));
  }
  template <typename Message>
  absl::StatusOr<Answer<Message>> Post(const std::string& path, const std::string& json,
                                       const std::string& key) const {
    return Read<Message>(PostText(path, json, key));
  }

  const HttpOptions& options() const { return options_; }

 private:
  template <typename Message>
  static absl::StatusOr<Answer<Message>> Read(absl::StatusOr<std::string> text) {
    if (!text.ok()) return text.status();
    Answer<Message> answer;
    const absl::Status parsed = ParseJson(*text, &answer.message);
    if (!parsed.ok()) return parsed;
    answer.json = *std::move(text);
    return answer;
  }
  absl::StatusOr<std::string> Perform(HttpHandle& handle) const;

  HttpOptions options_;
};

}  // namespace faultline::cli
