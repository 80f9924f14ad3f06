#include "agent/host/http_answer_parser.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace faultline::host {
namespace {

using ParserState = HttpAnswerParser::State;

// Fed in pieces of `piece` bytes, until it says something else than kMore.
ParserState FeedAll(HttpAnswerParser& parser, std::string_view text, size_t piece) {
  ParserState state = ParserState::kMore;
  for (size_t i = 0; i < text.size() && state == ParserState::kMore; i += piece) {
    state = parser.Feed(text.substr(i, piece));
  }
  return state;
}

TEST(HttpAnswerParserTest, AnAnswerIsTheSameInWhateverPiecesItComes) {
  const std::string text =
      "HTTP/1.1 502 Bad Gateway\r\nServer: nginx/1.22.1\r\nContent-Length: 5\r\n\r\nhello";
  for (size_t piece = 1; piece <= text.size(); ++piece) {
    const auto parser = HttpAnswerParser::Create();
    ASSERT_EQ(FeedAll(*parser, text, piece), ParserState::kDone) << piece;
    const HttpAnswer answer = parser->answer();
    EXPECT_EQ(answer.status, 502);
    EXPECT_EQ(answer.phrase, "Bad Gateway");
    EXPECT_EQ(answer.server, "nginx/1.22.1");
    EXPECT_EQ(answer.body, "hello");
    EXPECT_FALSE(answer.body_cut);
  }
}

TEST(HttpAnswerParserTest, ChunksAreJoined) {
  const std::string text =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: "
      "chunked\r\n\r\n4\r\nwiki\r\n6;x=y\r\npedia!\r\n0\r\n\r\n";
  for (const size_t piece : {size_t{1}, size_t{7}, text.size()}) {
    const auto parser = HttpAnswerParser::Create();
    ASSERT_EQ(FeedAll(*parser, text, piece), ParserState::kDone);
    EXPECT_EQ(parser->answer().body, "wikipedia!");
  }
}

TEST(HttpAnswerParserTest, WithoutALengthTheAnswerEndsWithTheConnection) {
  const auto parser = HttpAnswerParser::Create();
  EXPECT_EQ(parser->Feed("HTTP/1.0 200 OK\r\n\r\nall of it"), ParserState::kMore);
  EXPECT_EQ(parser->Closed(), ParserState::kDone);
  EXPECT_EQ(parser->answer().body, "all of it");
}

TEST(HttpAnswerParserTest, AnAnswerCutShortByTheConnectionIsIncomplete) {
  for (const char* text : {"", "HTTP/1.1 200 O", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nwi"}) {
    const auto parser = HttpAnswerParser::Create();
    EXPECT_EQ(FeedAll(*parser, text, 1000), ParserState::kMore) << text;
    EXPECT_EQ(parser->Closed(), ParserState::kMore) << text;
  }
}

TEST(HttpAnswerParserTest, InterimAnswersAreSkipped) {
  const auto parser = HttpAnswerParser::Create();
  EXPECT_EQ(parser->Feed("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"), ParserState::kMore);
  EXPECT_EQ(parser->Feed("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"),
            ParserState::kDone);
  EXPECT_EQ(parser->answer().status, 204);
}

TEST(HttpAnswerParserTest, InterimAnswersWithoutEndAreRefused) {
  const auto parser = HttpAnswerParser::Create();
  ParserState state = ParserState::kMore;
  for (int i = 0; i < 20 && state == ParserState::kMore; ++i) {
    state = parser->Feed("HTTP/1.1 100 Continue\r\n\r\n");
  }
  EXPECT_EQ(state, ParserState::kBad);
}

TEST(HttpAnswerParserTest, ARedirectTellsWhereTo) {
  const auto parser = HttpAnswerParser::Create();
  ASSERT_EQ(parser->Feed("HTTP/1.1 301 Moved Permanently\r\nLocation: https://app.example/x\r\n"
                         "Content-Length: 0\r\n\r\n"),
            ParserState::kDone);
  EXPECT_EQ(parser->answer().location, "https://app.example/x");
}

TEST(HttpAnswerParserTest, AHeaderWithoutEndIsRefusedAtItsLimit) {
  const auto parser = HttpAnswerParser::Create();
  ParserState state = parser->Feed("HTTP/1.1 200 OK\r\n");
  size_t fed = 0;
  while (state == ParserState::kMore && fed < 10 * kMaxHttpHeader) {
    state = parser->Feed("X-Filler: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n");
    fed += 44;
  }
  ASSERT_EQ(state, ParserState::kBad);
  EXPECT_LT(fed, kMaxHttpHeader + 4096);
  EXPECT_NE(parser->problem().find("16 KiB"), std::string::npos) << parser->problem();
}

TEST(HttpAnswerParserTest, OneLineWithoutEndIsRefusedAsWell) {
  for (const char* begin : {"HTTP/1.1 200 ", "HTTP/1.1 200 OK\r\nX: ",
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;extension="}) {
    const auto parser = HttpAnswerParser::Create();
    ParserState state = parser->Feed(begin);
    for (int i = 0; i < 100 && state == ParserState::kMore; ++i) {
      state = parser->Feed(std::string(1024, 'a'));
    }
    EXPECT_EQ(state, ParserState::kBad) << begin;
  }
}

TEST(HttpAnswerParserTest, ABodyIsCutAtItsLimitAndThatIsEnough) {
  for (const char* length : {"", "Content-Length: 1000000000000000000\r\n"}) {
    const auto parser = HttpAnswerParser::Create();
    ParserState state = parser->Feed(std::string("HTTP/1.1 200 OK\r\n") + length + "\r\n");
    for (int i = 0; i < 1000 && state == ParserState::kMore; ++i) {
      state = parser->Feed(std::string(1000, 'b'));
    }
    ASSERT_EQ(state, ParserState::kDone);
    EXPECT_EQ(parser->answer().body, std::string(kMaxHttpBody, 'b'));
    EXPECT_TRUE(parser->answer().body_cut);
  }
}

TEST(HttpAnswerParserTest, WhatIsNotHttpIsRefused) {
  for (const char* text : {"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", "<html>hello</html>\r\n\r\n",
                           "HTTP/1.1 abc OK\r\n\r\n", "HTTP/2 200\r\n\r\n",
                           "HTTP/1.1 200 OK\r\nContent-Length: minus\r\n\r\n"}) {
    const auto parser = HttpAnswerParser::Create();
    EXPECT_EQ(parser->Feed(text), ParserState::kBad) << text;
    EXPECT_FALSE(parser->problem().empty()) << text;
  }
}

// Not a proof, but what a sanitizer looks at.
// Found by fuzzing.
TEST(HttpAnswerParserTest, AStatusBelow100IsNone) {
  const auto parser = HttpAnswerParser::Create();
  EXPECT_EQ(parser->Feed("HTTP/1.1 050 Continue\r\n\r\n"), ParserState::kBad);
  EXPECT_EQ(parser->problem(), "its status 50 is none");
}

TEST(HttpAnswerParserTest, DamagedAnswersNeverDoMoreThanBeRefused) {
  const std::string good =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nServer: a\r\n\r\n4\r\nwiki\r\n0\r\n\r\n";
  std::mt19937 random(7);
  for (int round = 0; round < 2000; ++round) {
    std::string text = good;
    for (int i = 0; i < 3; ++i) text[random() % text.size()] = static_cast<char>(random());
    const auto parser = HttpAnswerParser::Create();
    if (FeedAll(*parser, text, 1 + random() % 20) == ParserState::kMore) parser->Closed();
    if (parser->has_header()) {
      EXPECT_LE(parser->answer().body.size(), text.size());
    }
  }
}

}  // namespace
}  // namespace faultline::host
