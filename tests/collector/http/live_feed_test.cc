#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "tests/collector/http/served_shop.h"

namespace faultline::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kEvents[] = "GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n";

std::string Resume(const std::string& id) {
  return "GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: " + id + "\r\n\r\n";
}

// The last "id: " in what a client has received.
std::string LastId(const std::string& text) {
  const size_t at = text.rfind("id: ") + 4;
  return text.substr(at, text.find('\n', at) - at);
}

// Until `done` holds; false after 10 s.
template <typename Done>
bool Eventually(Done done) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!done()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

TEST(HttpLiveFeedTest, AClientReadsEverythingOnceThenChangesAsTheyHappen) {
  ServedShop shop;
  RawClient client(shop.port());
  client.Send(kEvents);
  const std::string& text = client.ReadUntil("\"resync\":true}");
  EXPECT_THAT(text, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(text, HasSubstr("Content-Type: text/event-stream\r\n"));
  EXPECT_THAT(text, HasSubstr("Transfer-Encoding: chunked\r\n"));
  EXPECT_THAT(text, HasSubstr("retry: 1000\n\n"));
  shop.StopDatabase();
  EXPECT_THAT(client.ReadUntil("\"incident\":{\"id\":\"42\""), HasSubstr("UNIT_INACTIVE"));
}

TEST(HttpLiveFeedTest, AClientOfHttp10GetsTheBytesWithoutChunks) {
  ServedShop shop;
  RawClient client(shop.port());
  client.Send("GET /api/v1/events HTTP/1.0\r\n\r\n");
  const std::string& text = client.ReadUntil("\"resync\":true}\n\n");
  EXPECT_THAT(text, Not(HasSubstr("chunked")));
  EXPECT_THAT(text, HasSubstr("\r\n\r\nretry: 1000\n\nid: "));
}

TEST(HttpLiveFeedTest, AClientResumesAfterItsLastEvent) {
  ServedShop shop;
  std::string id;
  {
    RawClient client(shop.port());
    client.Send(kEvents);
    id = LastId(client.ReadUntil("\"resync\":true}\n\n"));
  }
  shop.StopDatabase();
  RawClient back(shop.port());
  back.Send(Resume(id));
  const std::string& text = back.ReadUntil("\"incident\":{\"id\":\"42\"");
  EXPECT_THAT(text, Not(HasSubstr("resync")));
  EXPECT_THAT(text, HasSubstr("\"host\":{"));
  // An id that says nothing to this collector.
  for (const char* other : {"1", "99999999999999999999", "x", "18446744073709551615"}) {
    RawClient lost(shop.port());
    lost.Send(Resume(other));
    EXPECT_THAT(lost.ReadUntil("}\n\n"), HasSubstr("\"resync\":true}")) << other;
  }
}

TEST(HttpLiveFeedTest, AQuietFeedStillSaysThatItIsThere) {
  HttpOptions options;
  options.keep_alive = Span::Millis(20);
  ServedShop shop(options);
  RawClient client(shop.port());
  client.Send(kEvents);
  client.ReadUntil(": still here\n\n");
  client.Forget();
  EXPECT_THAT(client.ReadUntil(": still here\n\n"), HasSubstr("still here"));
}

TEST(HttpLiveFeedTest, AClientThatTakesNothingIsDroppedAndOthersAreNot) {
  HttpOptions options;
  options.stream_patience = Span::Millis(300);
  ServedShop shop(options, 64);
  RawClient slow(shop.port(), 4096);
  slow.Send(kEvents);
  RawClient quick(shop.port());
  quick.Send(kEvents);
  quick.ReadUntil("\"resync\":true}");
  ASSERT_TRUE(Eventually([&] { return shop.feed().subscribers() == 2; }));
  // The slow one's buffers fill; then its patience runs out. The quick one reads on.
  ASSERT_TRUE(Eventually([&] {
    shop.StopDatabase();
    quick.Forget();
    quick.ReadUntil("\n\n");
    return shop.feed().subscribers() == 1;
  }));
  quick.Forget();
  shop.StopDatabase();
  EXPECT_THAT(quick.ReadUntil("\n\n"), HasSubstr("id: "));
}

TEST(HttpLiveFeedTest, AClientThatLeavesIsForgottenAtOnce) {
  ServedShop shop;
  {
    RawClient client(shop.port());
    client.Send(kEvents);
    client.ReadUntil("\"resync\":true}");
    EXPECT_EQ(shop.feed().subscribers(), 1u);
  }
  EXPECT_TRUE(Eventually([&] { return shop.feed().subscribers() == 0; }));
}

TEST(HttpLiveFeedTest, ThereIsAMostOfLiveFeeds) {
  HttpOptions options;
  options.max_streams = 3;
  ServedShop shop(options);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(std::make_unique<RawClient>(shop.port()));
    clients.back()->Send(kEvents);
    clients.back()->ReadUntil("\"resync\":true}");
  }
  RawClient more(shop.port());
  more.Send(kEvents);
  EXPECT_THAT(more.ReadToEnd(), StartsWith("HTTP/1.1 503 Service Unavailable\r\n"));
  EXPECT_EQ(shop.feed().subscribers(), 3u);
  EXPECT_THAT(shop.Get("/healthz"), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST(HttpLiveFeedTest, AHeadOfTheFeedEnds) {
  ServedShop shop;
  RawClient client(shop.port());
  client.Send("HEAD /api/v1/events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(client.ReadToEnd(), HasSubstr("Content-Type: text/event-stream\r\n"));
  EXPECT_TRUE(client.closed());
  EXPECT_EQ(shop.feed().subscribers(), 0u);
}

}  // namespace
}  // namespace faultline::http
