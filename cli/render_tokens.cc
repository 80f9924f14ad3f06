#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/render_parts.h"

namespace faultline::cli {
namespace {

Cell TokenState(const v1::Token& token) {
  switch (token.state()) {
    case v1::Token::STATE_ACTIVE:
      return Cell("active", Style::kGood);
    case v1::Token::STATE_USED_UP:
      return Cell("used up", Style::kFaint);
    case v1::Token::STATE_EXPIRED:
      return Cell("expired", Style::kFaint);
    case v1::Token::STATE_REVOKED:
      return Cell("revoked", Style::kFaint);
    default:
      return Cell("unknown", Style::kUnknown);
  }
}

}  // namespace

std::string RenderTokens(const v1::ListTokensResponse& tokens, const View& view) {
  if (tokens.tokens().empty()) {
    return "No tokens. To make one: faultline token create --stack STACK --env ENV\n";
  }
  Table table({{"ID"},
               {"STATE"},
               {"STACK"},
               {"ROLE"},
               {"USED", true, true},
               {"REPLACE"},
               {"ENDS"},
               {"MADE", view.wide},
               {"LAST USED", view.wide},
               {"FROM", view.wide}});
  for (const v1::Token& token : tokens.tokens()) {
    table.AddRow({token.id(), TokenState(token), StackName(token.stack()),
                  token.roles().empty() ? "any" : absl::StrJoin(token.roles(), ","),
                  absl::StrCat(token.used(), "/", token.uses()), token.replace() ? "yes" : "",
                  Moment(token.expires_at()), Moment(token.created_at()),
                  Moment(token.last_used_at()), token.source()});
  }
  return table.Render(view.color, view.width);
}

}  // namespace faultline::cli
