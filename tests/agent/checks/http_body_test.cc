#include "agent/checks/http_body.h"

#include <gtest/gtest.h>

#include <string>

namespace faultline::checks {
namespace {

std::string Error(const std::string& body) {
  const std::optional<AppError> error = DatabaseErrorOf(body);
  return error.has_value() ? std::to_string(error->number) + " " + error->text : "none";
}

TEST(HttpBodyTest, TheApplicationsDatabaseErrorIsFound) {
  const struct {
    const char* body;
    const char* error;
  } table[] = {
      // As deploy/app/flask_app answers.
      {R"({"errno":2003,"error":"Can't connect to MySQL server on '10.0.2.10'","status":"error"})",
       "2003 Can't connect to MySQL server on '10.0.2.10'"},
      {R"({"error": {"number": 1045, "text": "Access denied for user 'app'"}})",
       "1045 Access denied for user 'app'"},
      {R"( {"code": "1040", "message": "Too many connections"})", "1040 Too many connections"},
      {R"({"errno": 2006})", "2006 "},
      {R"({"errno": null, "error": "pool timeout"})", "none"},
      {R"({"errno": 5, "error": "I/O"})", "none"},
      {R"({"code": 1045.5})", "none"},
      {R"({"status": "ok"})", "none"},
      {R"([2003])", "none"},
      {R"({"errno": 2003)", "none"},
      {"<html>2003</html>", "none"},
      {"", "none"},
  };
  for (const auto& row : table) EXPECT_EQ(Error(row.body), row.error) << row.body;
}

TEST(HttpBodyTest, JsonNestedWithoutEndIsNoAnswerAndNoCrash) {
  std::string deep;
  for (int i = 0; i < 10'000; ++i) deep += R"({"a":)";
  EXPECT_EQ(Error(deep), "none");
}

TEST(HttpBodyTest, SecretsAreMaskedInWhatIsShown) {
  EXPECT_EQ(Error(R"({"errno": 1045, "error": "mysql://app:hunter2@10.0.2.10/shop refused"})")
                .find("hunter2"),
            std::string::npos);
  const std::string snippet = BodySnippet("Traceback: DB_PASSWORD=hunter2 at settings.py");
  EXPECT_EQ(snippet.find("hunter2"), std::string::npos) << snippet;
  EXPECT_NE(snippet.find("settings.py"), std::string::npos) << snippet;
}

TEST(HttpBodyTest, ASecretAtTheCutIsMaskedAsWell) {
  const std::string body = std::string(285, 'x') + " password=hunter2hunter2hunter2";
  EXPECT_EQ(BodySnippet(body).find("hunter2"), std::string::npos) << BodySnippet(body);
}

TEST(HttpBodyTest, APageIsShownByItsTitle) {
  EXPECT_EQ(
      BodySnippet("<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>...</body>"),
      "502 Bad Gateway");
}

TEST(HttpBodyTest, TextIsShownInOneBoundedLine) {
  EXPECT_EQ(BodySnippet("  first\r\n\r\n\tsecond\x01\x1b[31m third  "), "first second [31m third");
  EXPECT_EQ(BodySnippet(""), "");
  EXPECT_LE(BodySnippet(std::string(60'000, 'z')).size(), 300u);
  EXPECT_EQ(BodySnippet("\xff\xfe"), "??");
}

}  // namespace
}  // namespace faultline::checks
