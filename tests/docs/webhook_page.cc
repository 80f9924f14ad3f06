#include "tests/docs/webhook_page.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/util/json_util.h>

#include <fstream>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "collector/notify/webhook_body.h"
#include "tests/docs/webhook_outage.h"

namespace faultline::docs {
namespace {

namespace pb = google::protobuf;

constexpr char kFile[] = "faultline/v1/webhook.proto";
constexpr char kBaseUrl[] = "https://faultline.example";

// Comment lines as they stand, without the blank after the slashes.
std::string TextOf(const std::string& comment, const char* separator) {
  std::vector<std::string> lines;
  for (const absl::string_view line : absl::StrSplit(comment, '\n')) {
    lines.emplace_back(absl::StripSuffix(absl::StripPrefix(line, " "), " "));
  }
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  return absl::StrJoin(lines, separator);
}

std::string FormOf(const pb::FieldDescriptor& field) {
  if (field.is_repeated()) return "list";
  switch (field.cpp_type()) {
    case pb::FieldDescriptor::CPPTYPE_STRING:
      return "text";
    case pb::FieldDescriptor::CPPTYPE_MESSAGE:
      return "text or null";
    default:
      return "number";
  }
}

// One row a field; what is in a list's objects follows the list, with its name before it.
absl::Status AddRows(const pb::Descriptor& message, const std::string& prefix, std::string* out) {
  for (int i = 0; i < message.field_count(); ++i) {
    const pb::FieldDescriptor& field = *message.field(i);
    pb::SourceLocation location;
    if (!field.GetSourceLocation(&location) || location.leading_comments.empty()) {
      return absl::InvalidArgumentError(absl::StrCat(field.full_name(), " has no comment"));
    }
    const std::string meaning = TextOf(location.leading_comments, " ");
    absl::StrAppend(out, "| `", prefix, field.name(), "` | ", FormOf(field), " | ",
                    absl::StrReplaceAll(meaning, {{"|", "\\|"}}), " |\n");
    if (!field.is_repeated()) continue;
    absl::Status rows =
        AddRows(*field.message_type(), absl::StrCat(prefix, field.name(), "[]."), out);
    if (!rows.ok()) return rows;
  }
  return absl::OkStatus();
}

std::string Example(const incidents::Notification& notification) {
  pb::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  options.add_whitespace = true;
  std::string json;
  const auto body =
      notify::WebhookBodyOf(notification, notification.decided_at + Span::Millis(4), kBaseUrl);
  if (!pb::util::MessageToJsonString(body, &json, options).ok()) return "";
  return absl::StrCat("`", body.event(), "`:\n\n```json\n", json, "```\n");
}

}  // namespace

absl::StatusOr<std::string> WebhookPage(const std::string& descriptors) {
  pb::FileDescriptorSet set;
  std::ifstream in(descriptors, std::ios::binary);
  if (!in || !set.ParseFromIstream(&in)) {
    return absl::NotFoundError(absl::StrCat(descriptors, " holds no descriptors"));
  }
  pb::DescriptorPool pool;
  // What a file imports stands before it.
  for (const pb::FileDescriptorProto& each : set.file()) pool.BuildFile(each);
  const pb::FileDescriptor* file = pool.FindFileByName(kFile);
  if (file == nullptr) return absl::NotFoundError(absl::StrCat(descriptors, " is not of ", kFile));
  pb::SourceLocation head;
  const std::vector<int> syntax = {pb::FileDescriptorProto::kSyntaxFieldNumber};
  if (!file->GetSourceLocation(syntax, &head)) {
    return absl::InvalidArgumentError(absl::StrCat(kFile, " has no comment at its head"));
  }
  std::string page = absl::StrCat(
      "<!-- Made by `make docs` from proto/", kFile, ": change that. -->\n# The webhook\n\n",
      TextOf(head.leading_comments, "\n"), "\n\n| field | form | meaning |\n| --- | --- | --- |\n");
  absl::Status rows = AddRows(*file->FindMessageTypeByName("WebhookBody"), "", &page);
  if (!rows.ok()) return rows;
  absl::StrAppend(&page, "\n## Examples\n\nOf one outage, indented here and sent in one line.\n");
  for (const incidents::Notification& notification : PlayOutage()) {
    absl::StrAppend(&page, "\n", Example(notification));
  }
  return page;
}

}  // namespace faultline::docs
