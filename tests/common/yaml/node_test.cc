#include "common/yaml/node.h"

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "gmock/gmock.h"
#include "tests/fakes/temp_directory.h"

namespace faultline::yaml {
namespace {

using testing::HasSubstr;

std::string ParseError(const std::string& text) {
  return std::string(Parse(text, "f.yaml").status().message());
}

TEST(ParseTest, KeepsOrderKindsAndLines) {
  const auto root = Parse("a: 1\nlist:\n  - x\n  - {y: z}\nempty:\n", "f.yaml");
  ASSERT_TRUE(root.ok()) << root.status();
  ASSERT_TRUE(root->is_map());
  ASSERT_EQ(root->fields.size(), 3u);
  EXPECT_EQ(root->fields[0].first, "a");
  EXPECT_EQ(root->fields[0].second.scalar, "1");
  const Node& list = root->fields[1].second;
  ASSERT_TRUE(list.is_list());
  EXPECT_EQ(list.items[1].line, 4);
  EXPECT_EQ(list.items[1].fields[0].second.scalar, "z");
  EXPECT_TRUE(root->fields[2].second.is_null());
  EXPECT_EQ(root->fields[2].second.line, 5);
}

TEST(ParseTest, AnEmptyDocumentIsNull) {
  for (const char* text : {"", "\n\n", "# only a comment\n", "---\n"}) {
    const auto root = Parse(text, "f.yaml");
    ASSERT_TRUE(root.ok()) << root.status();
    EXPECT_TRUE(root->is_null());
  }
}

TEST(ParseTest, OnlyUtf8IsRead) {
  EXPECT_EQ(ParseError("a: 1\nb: \"/var/log/caf\xe9.log\"\n"),
            "f.yaml:2: has a byte that is not UTF-8; save the file as UTF-8");
  EXPECT_THAT(ParseError(std::string("\xff\xfe"
                                     "a\0:\0",
                                     6)),
              HasSubstr("f.yaml:1: has a byte"));
  EXPECT_TRUE(Parse("a: caf\xc3\xa9\n", "f.yaml").ok());
}

TEST(ParseTest, BrokenTextNamesItsLine) {
  EXPECT_THAT(ParseError("a: [1, 2\nb: 3"), HasSubstr("f.yaml:2: is not valid YAML"));
  EXPECT_THAT(ParseError("a: 1\n\tb: 2"), HasSubstr("f.yaml:2"));
  EXPECT_THAT(ParseError("a: 1\n---\nb: 2"), HasSubstr("f.yaml:2: a second document"));
  EXPECT_THAT(ParseError("? [a, b]\n: c"), HasSubstr("f.yaml:1: a field's name must be a word"));
  EXPECT_THAT(ParseError(std::string(2 << 20, ' ')), HasSubstr("larger than 1 MiB"));
}

TEST(ParseTest, ATextThatTheLibraryNeverGetsOverIsAnError) {
  for (const char* text : {",", ", 2T.ceks", "# comment\n,"}) {
    const auto parsed = Parse(text, "x.yaml");
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_NE(parsed.status().message().find("no value can begin here"), std::string::npos)
        << parsed.status();
  }
}

TEST(ParseTest, AliasesCannotExplode) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 9; ++j) bomb += before + ", ";
    bomb += before + "]\n";
  }
  EXPECT_THAT(ParseError(bomb), HasSubstr("holds too much"));
  EXPECT_THAT(ParseError("a: &a [*a]"), HasSubstr("f.yaml:"));
  EXPECT_FALSE(Parse(std::string(5000, '[') + std::string(5000, ']'), "f.yaml").ok());
}

TEST(ParseTest, EveryTruncationIsAnErrorOrADocument) {
  const std::string text =
      "listen:\n  agents: 0.0.0.0:7443\nnotify:\n  - name: pager\n    webhook: {url: "
      "\"http://x\"}\n";
  for (size_t length = 0; length < text.size(); ++length) {
    const auto parsed = Parse(text.substr(0, length), "f.yaml");
    if (parsed.ok()) continue;
    EXPECT_THAT(std::string(parsed.status().message()), HasSubstr("f.yaml:"));
  }
  for (int c = 0; c < 256; ++c) {
    std::string broken = text;
    broken[10] = static_cast<char>(c);
    const auto parsed = Parse(broken, "f.yaml");
    if (parsed.ok()) continue;
    EXPECT_THAT(std::string(parsed.status().message()), HasSubstr("f.yaml:"));
  }
}

TEST(ReadFileTest, SaysWhatIsWrongWithAFile) {
  fakes::TempDirectory directory;
  EXPECT_TRUE(absl::IsNotFound(ReadFile(directory / "none.yaml").status()));
  const auto folder = ReadFile(directory.path());
  EXPECT_THAT(std::string(folder.status().message()), HasSubstr("is not a regular file"));
  ASSERT_EQ(mkfifo((directory / "fifo").c_str(), 0600), 0);
  EXPECT_THAT(std::string(ReadFile(directory / "fifo").status().message()),
              HasSubstr("is not a regular file"));
  std::ofstream(directory / "good.yaml") << "a: 1\n";
  EXPECT_EQ(ReadFile(directory / "good.yaml").value(), "a: 1\n");
  if (geteuid() == 0) return;  // root may read everything
  ASSERT_EQ(chmod((directory / "good.yaml").c_str(), 0), 0);
  EXPECT_TRUE(absl::IsPermissionDenied(ReadFile(directory / "good.yaml").status()));
}

}  // namespace
}  // namespace faultline::yaml
