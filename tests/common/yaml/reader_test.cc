#include "common/yaml/reader.h"

#include <algorithm>

#include "gmock/gmock.h"

namespace faultline::yaml {
namespace {

using testing::HasSubstr;

class ReaderTest : public testing::Test {
 protected:
  const Node& Doc(const std::string& text) {
    auto parsed = Parse(text, "f.yaml");
    EXPECT_TRUE(parsed.ok()) << parsed.status();
    node_ = *std::move(parsed);
    return node_;
  }
  std::string Said() const { return std::string(errors_.status().message()); }

  Node node_;
  Errors errors_{"f.yaml"};
};

TEST_F(ReaderTest, ReadsTextsAndDurationsOfNestedMaps) {
  const Fields root(Doc("outer:\n  name: x\n  wait: 2s\n"), "", {"outer"}, errors_);
  const Fields outer = root.Section("outer", {"name", "wait", "other"});
  EXPECT_EQ(outer.Text("name"), "x");
  EXPECT_EQ(outer.Text("other"), std::nullopt);
  Span wait;
  outer.Duration("wait", Span::Seconds(1), Span::Seconds(5), wait);
  EXPECT_EQ(wait, Span::Seconds(2));
  EXPECT_TRUE(errors_.status().ok()) << Said();
}

TEST_F(ReaderTest, AllErrorsComeAtOnceInTheOrderOfTheFile) {
  const Fields root(Doc("outer: 5\nmap:\n  wait: soon\n  waitt: 2s\n  long: 9h\nmap2:\n  a: [1]\n"),
                    "", {"outer", "map", "map2"}, errors_);
  Span wait;
  const Fields map2 = root.Section("map2", {"a", "b"});
  map2.RequiredText("b");
  map2.Text("a");
  const Fields map = root.Section("map", {"wait", "long"});
  map.Duration("long", Span::Millis(100), Span::Seconds(60), wait);
  map.Duration("wait", Span::Millis(100), Span::Seconds(60), wait);
  root.Section("outer", {"x", "y"});
  EXPECT_EQ(Said(),
            "f.yaml:1: outer: must hold the fields x, y\n"
            "f.yaml:3: map.wait: \"soon\" is not a duration; write 500ms, 2s, 5m or 1h\n"
            "f.yaml:4: map.waitt: is not a known field; did you mean \"wait\"?\n"
            "f.yaml:5: map.long: \"9h\" is out of range; 100ms to 1m is possible\n"
            "f.yaml:7: map2.b: is missing\n"
            "f.yaml:7: map2.a: must be one text, not a list");
}

TEST_F(ReaderTest, SaysWhatStandsWhereATextShould) {
  const Fields root(Doc("none:\nlist: [a]\nmap: {a: b}\nempty: ''\n"), "",
                    {"none", "list", "map", "empty"}, errors_);
  for (const char* name : {"none", "list", "map", "empty"}) EXPECT_EQ(root.Text(name), "");
  EXPECT_EQ(Said(),
            "f.yaml:1: none: has no value; write one, or remove the field\n"
            "f.yaml:2: list: must be one text, not a list\n"
            "f.yaml:3: map: must be one text, not a map of fields\n"
            "f.yaml:4: empty: must be one line of text, 1 to 4096 bytes");
}

TEST_F(ReaderTest, APathIsAbsoluteAndNotQuoted) {
  const Fields root(Doc("good: /a/b\nbad: a-secret\n"), "", {"good", "bad", "gone"}, errors_);
  EXPECT_EQ(root.Path("good"), "/a/b");
  EXPECT_EQ(root.Path("gone"), std::nullopt);
  EXPECT_EQ(root.RequiredPath("bad"), "");
  root.RequiredPath("gone");
  EXPECT_EQ(Said(),
            "f.yaml:1: gone: is missing\n"
            "f.yaml:2: bad: is not an absolute path; write it from / on");
}

TEST_F(ReaderTest, AnAbsentSectionHasNoFields) {
  const Fields root(Doc("a: 1\nempty:\n"), "", {"a", "empty", "gone"}, errors_);
  EXPECT_EQ(root.Section("gone", {"x"}).Text("x"), std::nullopt);
  EXPECT_EQ(root.Section("empty", {"x"}).Find("x"), nullptr);
  EXPECT_TRUE(errors_.empty()) << Said();
  root.Section("gone", {"x"}).RequiredText("x");
  EXPECT_EQ(Said(), "f.yaml:1: gone.x: is missing");
}

TEST_F(ReaderTest, AFieldMayStandOnce) {
  const Fields root(Doc("a: 1\na: 2\n"), "", {"a"}, errors_);
  EXPECT_EQ(Said(), "f.yaml:2: a: stands here twice; remove one");
}

TEST_F(ReaderTest, ErrorsAreBounded) {
  for (int i = 0; i < 1000; ++i) errors_.Add(i, "x", "is wrong");
  const std::string said = Said();
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 100);
  EXPECT_THAT(said, testing::EndsWith("more errors are not shown"));
}

}  // namespace
}  // namespace faultline::yaml
