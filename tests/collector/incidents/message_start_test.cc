// An application that was restarted and does not answer again.
#include "gmock/gmock.h"
#include "tests/collector/incidents/message_story.h"

namespace faultline::incidents {
namespace {

using testing::HasSubstr;
using testing::Not;

const CheckId kTodo{"unit", "todo.service", ""};
const CheckId kTodoPage{"http", "https://todo.example/", ""};

Seen BadGateway() {
  return PageAnswers("https://todo.example/", "127.0.0.1:443", 502, "Bad Gateway", "");
}

Seen Answers() { return PageAnswers("https://todo.example/", "127.0.0.1:443", 200, "OK", ""); }

TEST(MessageStartTest, SaysWhenItWasRestartedAndThatNothingAnsweredSince) {
  Story story;
  story.Watch("app-1", kTodo, {.subject = "site"}, AgentUnit("todo.service").Runs());
  story.Watch("app-1", kTodoPage, {.subject = "site", .address = "127.0.0.1", .port = 443},
              Answers());
  story.Pass(Span::Seconds(60));
  story.See("app-1", kTodo, AgentUnit("todo.service").IsBeingRestarted(7));
  story.Pass(Span::Seconds(1));
  story.See("app-1", kTodo, AgentUnit("todo.service").Runs());
  story.Pass(Span::Seconds(3));
  story.See("app-1", kTodoPage, BadGateway());
  EXPECT_THAT(story.Told(), testing::IsEmpty());
  story.Pass(Span::Seconds(27));
  EXPECT_THAT(story.Message(), testing::StartsWith("CRITICAL shop-prod: site"));
  EXPECT_THAT(story.Message(),
              HasSubstr("app-1: todo.service was started at 03:15:08 UTC and has not answered "
                        "since"));
}

TEST(MessageStartTest, APageThatBreaksWithoutAStartSaysNothingOfOne) {
  Story story;
  story.Watch("app-1", kTodo, {.subject = "site"}, AgentUnit("todo.service").Runs());
  story.Watch("app-1", kTodoPage, {.subject = "site", .address = "127.0.0.1", .port = 443},
              Answers());
  story.Pass(Span::Seconds(60));
  story.See("app-1", kTodoPage, BadGateway());
  story.Pass(Span::Seconds(1));
  EXPECT_THAT(story.Message(), testing::StartsWith("CRITICAL shop-prod: site"));
  EXPECT_THAT(story.Message(), Not(HasSubstr("was started")));
}

}  // namespace
}  // namespace faultline::incidents
