// IMDSv2 against answers good and bad.
#include "agent/cloud/metadata_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "tests/agent/cloud/cloud_testing.h"
#include "tests/agent/host/run_until.h"

namespace faultline::cloud {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class MetadataServiceTest : public testing::Test {
 protected:
  absl::StatusOr<Ec2Identity> Ask(Span timeout = Span::Seconds(10)) {
    std::optional<absl::StatusOr<Ec2Identity>> answer;
    std::unique_ptr<MetadataLookup> lookup =
        AskMetadata(*loop_, fake_.service(timeout), [&](absl::StatusOr<Ec2Identity> got) {
          lookup.reset();
          answer = std::move(got);
        });
    EXPECT_FALSE(answer.has_value()) << "called back before it returned";
    EXPECT_TRUE(host::RunUntil(*loop_, [&] { return answer.has_value(); }));
    return answer.value_or(absl::InternalError("never called back"));
  }
  // What the look-up says when the document is answered so.
  std::string ErrorOfDocument(const std::string& answer) {
    fake_.set_answer([answer](const std::string& head) {
      return head.rfind("PUT ", 0) == 0 ? FakeMetadata::AsItShould(head) : answer;
    });
    return std::string(Ask().status().message());
  }
  std::string ErrorOfToken(const std::string& answer) {
    fake_.set_answer([answer](const std::string&) { return answer; });
    return std::string(Ask().status().message());
  }

  FakeMetadata fake_;
  std::unique_ptr<host::Loop> loop_ = *host::Loop::Create();
};

TEST_F(MetadataServiceTest, ATokenIsFetchedAndShownForTheDocument) {
  const auto identity = Ask();
  ASSERT_TRUE(identity.ok()) << identity.status();
  EXPECT_EQ(*identity, (Ec2Identity{kInstance, "us-east-1"}));
  const std::vector<std::string> heads = fake_.heads();
  ASSERT_THAT(heads, SizeIs(2));
  EXPECT_THAT(heads[0], HasSubstr("PUT /latest/api/token HTTP/1.1\r\nHost: 127.0.0.1\r\n"));
  EXPECT_THAT(heads[0], HasSubstr("\r\nX-aws-ec2-metadata-token-ttl-seconds: 21600\r\n"));
  EXPECT_THAT(heads[0], HasSubstr("\r\nContent-Length: 0\r\n"));
  EXPECT_THAT(heads[1], HasSubstr("GET /latest/dynamic/instance-identity/document HTTP/1.1\r\n"));
  EXPECT_THAT(heads[1], Not(HasSubstr("Content-Length")));
}

TEST_F(MetadataServiceTest, AServiceThatIsSwitchedOffSaysSo) {
  EXPECT_THAT(
      ErrorOfToken(HttpAnswer("403 Forbidden", "<html>")),
      HasSubstr("/latest/api/token answered 403, as where the metadata service is switched off"));
}

TEST_F(MetadataServiceTest, AHungServiceIsGivenUpAtItsTimeout) {
  fake_.set_answer([](const std::string&) { return ""; });
  EXPECT_THAT(std::string(Ask(Span::Millis(200)).status().message()),
              HasSubstr("/latest/api/token is not answered"));
}

TEST_F(MetadataServiceTest, AServiceThatIsNotThereIsNoWait) {
  MetadataService nobody = fake_.service();
  nobody.port = 1;
  std::optional<absl::StatusOr<Ec2Identity>> answer;
  const auto lookup = AskMetadata(*loop_, nobody, [&](auto got) { answer = std::move(got); });
  ASSERT_TRUE(host::RunUntil(*loop_, [&] { return answer.has_value(); }));
  EXPECT_FALSE(answer->ok());
}

TEST_F(MetadataServiceTest, ATokenThatIsNoneGoesIntoNoHeader) {
  EXPECT_THAT(ErrorOfToken(HttpAnswer("200 OK", "a\r\nHost: elsewhere")), HasSubstr("malformed"));
  EXPECT_THAT(ErrorOfToken(HttpAnswer("200 OK", "<html>captive portal</html>")),
              HasSubstr("malformed"));
  EXPECT_THAT(ErrorOfToken(HttpAnswer("200 OK", "")), HasSubstr("malformed"));
  EXPECT_THAT(ErrorOfToken(HttpAnswer("200 OK", std::string(2000, 't'))), HasSubstr("malformed"));
  EXPECT_THAT(fake_.heads(), SizeIs(4)) << "asked for the document all the same";
}

TEST_F(MetadataServiceTest, OtherDocumentsAreNoIdentity) {
  EXPECT_THAT(ErrorOfDocument(HttpAnswer("401 Unauthorized", "")), HasSubstr("answered 401"));
  EXPECT_THAT(ErrorOfDocument(HttpAnswer("404 Not Found", "")), HasSubstr("answered 404"));
  EXPECT_THAT(ErrorOfDocument(HttpAnswer("200 OK", "<html></html>")), HasSubstr("names no"));
  EXPECT_THAT(ErrorOfDocument(HttpAnswer("200 OK", R"({"Code": "InternalError"})")),
              HasSubstr("names no"));
  EXPECT_THAT(ErrorOfDocument(HttpAnswer("200 OK", std::string(1 << 20, '{'))),
              HasSubstr("answered far too much"));
  EXPECT_THAT(ErrorOfDocument("\x01\x02garbage\r\n\r\n"), HasSubstr("is not answered in HTTP"));
  EXPECT_THAT(ErrorOfDocument("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"),
              HasSubstr("is not answered"));
}

TEST_F(MetadataServiceTest, ALookUpThatIsDestroyedNeverCallsBack) {
  bool called = false;
  auto lookup = AskMetadata(*loop_, fake_.service(), [&](auto) { called = true; });
  ASSERT_TRUE(host::RunUntil(*loop_, [&] { return !fake_.heads().empty(); }));
  lookup.reset();
  host::RunUntil(
      *loop_, [&] { return called; }, Span::Millis(50));
  EXPECT_FALSE(called);
}

}  // namespace
}  // namespace faultline::cloud
