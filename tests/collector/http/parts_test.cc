#include <gtest/gtest.h>
#include <zlib.h>

#include "collector/http/event_stream.h"
#include "collector/http/gzip.h"
#include "collector/http/host_guard.h"
#include "collector/http/message.h"
#include "collector/http/page.h"
#include "collector/http/target.h"

namespace faultline::http {
namespace {

TEST(TargetTest, ATargetIsTakenApartAndDecoded) {
  const auto target = ParseTarget("/api/v1/checks?host=db%2D1&kind=&state=a+b&flag&x=1=2");
  ASSERT_TRUE(target.ok());
  EXPECT_EQ(target->path, "/api/v1/checks");
  const operator_api::Params expected = {
      {"host", "db-1"}, {"kind", ""}, {"state", "a b"}, {"flag", ""}, {"x", "1=2"}};
  EXPECT_EQ(target->query, expected);
  EXPECT_EQ(ParseTarget("/a+b%20c")->path, "/a+b c");
  EXPECT_TRUE(ParseTarget("/?")->query.empty());
  EXPECT_TRUE(ParseTarget("/?&&")->query.empty());
}

TEST(TargetTest, WhatIsNoTargetIsRefused) {
  for (const char* target :
       {"", "*", "http://127.0.0.1/", "x", "/%", "/%4", "/%zz", "/%00", "/?a=%", "/?%0=1"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseTarget(target).status())) << target;
  }
  std::string many = "/?";
  for (int i = 0; i < 33; ++i) many += "a=1&";
  EXPECT_FALSE(ParseTarget(many).ok());
}

TEST(HostGuardTest, LoopbackAndConfiguredNamesAreAllowed) {
  const std::vector<std::string> allowed = {"faultline.example"};
  for (const char* host : {"localhost", "LOCALHOST:7480", "localhost.", "127.0.0.1", "127.0.0.1:1",
                           "127.8.9.1", "[::1]", "[::1]:7480", "Faultline.Example:443"}) {
    EXPECT_TRUE(HostAllowed(host, allowed)) << host;
  }
}

TEST(HostGuardTest, NamesOfElsewhereAreRefused) {
  for (const char* host : {"", "evil.example", "127.0.0.1.evil.example", "localhost.evil.example",
                           "128.0.0.1", "[::2]", "[::1", "127.0.0.1:x", "127.0.0.1:123456",
                           "127.0.0.1:1:2", "::1", "evil@127.0.0.1", "127.0.0.1/", "127.1"}) {
    EXPECT_FALSE(HostAllowed(host, {"faultline.example"})) << host;
  }
}

TEST(HostGuardTest, TheHostOfAUrlIsFound) {
  EXPECT_EQ(HostOfUrl("https://Faultline.example:7480/incidents/1"), "faultline.example");
  EXPECT_EQ(HostOfUrl("http://[::1]:80"), "[::1]");
  EXPECT_EQ(HostOfUrl("http://10.0.0.1?x"), "10.0.0.1");
  EXPECT_EQ(HostOfUrl("faultline.example"), "");
}

std::string Inflate(const std::vector<std::string>& pieces) {
  std::string in, out(10'000'000, '\0');
  for (const std::string& piece : pieces) in += piece;
  z_stream zlib{};
  inflateInit2(&zlib, 15 + 16);
  zlib.next_in = reinterpret_cast<Bytef*>(in.data());
  zlib.avail_in = static_cast<uInt>(in.size());
  zlib.next_out = reinterpret_cast<Bytef*>(out.data());
  zlib.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&zlib, Z_FINISH), Z_STREAM_END);
  out.resize(zlib.total_out);
  inflateEnd(&zlib);
  return out;
}

TEST(GzipTest, WhatWasCompressedComesBack) {
  EXPECT_EQ(Inflate(Gzip().Finish()), "");
  Gzip gzip;
  std::string all;
  uint32_t random = 1;
  for (int i = 0; i < 200; ++i) {
    std::string piece(10'000, ' ');
    for (char& c : piece) c = static_cast<char>((random = random * 1664525 + 1013904223) >> 24);
    gzip.Append(piece);
    all += piece;
  }
  const auto pieces = gzip.Finish();
  EXPECT_GT(pieces.size(), 20u);
  EXPECT_EQ(Inflate(pieces), all);
}

TEST(GzipTest, OnlyClientsThatTakeGzipGetIt) {
  for (const char* yes : {"gzip", "deflate, GZIP;q=0.5", "br , gzip ; q=1.0"}) {
    EXPECT_TRUE(AcceptsGzip(yes)) << yes;
  }
  for (const char* no : {"", "deflate", "gzip;q=0", "gzip; q=0.000", "xgzip", ",,;"}) {
    EXPECT_FALSE(AcceptsGzip(no)) << no;
  }
}

TEST(EventStreamTest, AnEventIsOneFrame) {
  v1::LiveEvent event;
  event.set_id(7);
  event.mutable_check()->set_detail("a\nb");
  const std::string frame = EventFrame(event);
  EXPECT_EQ(frame.rfind("id: 7\nevent: change\ndata: {\"id\":\"7\",\"check\":{", 0), 0u);
  // The newline of the detail is escaped: one data line.
  EXPECT_EQ(std::count(frame.begin(), frame.end(), '\n'), 4);
}

TEST(EventStreamTest, OnlyNumbersAreIds) {
  EXPECT_EQ(ParseLastEventId("17"), 17u);
  EXPECT_EQ(ParseLastEventId("18446744073709551615"), UINT64_MAX);
  for (const char* text : {"", "-1", "+1", " 1", "1 ", "0x1", "18446744073709551616", "a"}) {
    EXPECT_EQ(ParseLastEventId(text), std::nullopt) << text;
  }
}

TEST(EventStreamTest, FramesAreMadeOnceAndForgottenInTime) {
  FrameCache cache;
  v1::LiveEvent event;
  event.set_id(1);
  const auto first = cache.Frame(event);
  EXPECT_EQ(cache.Frame(event), first);
  for (uint64_t id = 2; id < 600; ++id) {
    event.set_id(id);
    cache.Frame(event);
  }
  event.set_id(1);
  EXPECT_NE(cache.Frame(event), first);
  EXPECT_EQ(*cache.Frame(event), *first);
}

TEST(MessageTest, AnErrorIsJsonWhateverItSays) {
  const Response response = ErrorResponse(absl::InvalidArgumentError("say \"\\\n\xff\""));
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.body[0],
            "{\"error\":{\"code\":\"invalid_argument\",\"message\":\"say \\\"\\\\ ?\\\"\"}}\n");
  EXPECT_EQ(ErrorResponse(absl::NotFoundError("")).status, 404);
  EXPECT_EQ(ErrorResponse(absl::UnavailableError("")).status, 503);
  EXPECT_EQ(ErrorResponse(absl::DataLossError("")).status, 500);
}

TEST(PageTest, EveryFileOfThePageIsCompiledInAsItIs) {
  const Page embedded("");
  const Page on_disk(std::string(FAULTLINE_SOURCE_DIR) + "/collector/http/page");
  ASSERT_GE(EmbeddedPage().size(), 3u);
  for (const PageFile& file : EmbeddedPage()) {
    EXPECT_EQ(embedded.Read(file.name), on_disk.Read(file.name)) << file.name;
    EXPECT_NE(ContentType(file.name), "application/octet-stream") << file.name;
  }
  EXPECT_EQ(embedded.Read("../http/page.cc"), std::nullopt);
  EXPECT_EQ(on_disk.Read("../page.cc"), std::nullopt);
}

}  // namespace
}  // namespace faultline::http
