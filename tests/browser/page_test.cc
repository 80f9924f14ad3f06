// The page as a person sees it: a real browser, a real server, a picture that changes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

#include "tests/browser/chromium.h"
#include "tests/browser/demo_fleet.h"
#include "tests/collector/http/served_shop.h"

namespace faultline::browser {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::StartsWith;

class PageTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string program = FindChromium();
    if (program.empty()) GTEST_SKIP() << "Chromium is not installed (Debian package chromium)";
    chromium_ = std::make_unique<Chromium>(program);
  }

  // Opens a page and waits until it shows what the collector knows.
  void Open(const std::string& path) {
    chromium_->Open("http://127.0.0.1:" + std::to_string(shop_.port()) + path);
    ASSERT_TRUE(
        chromium_->Until("document.getElementById('live-text')?.textContent === 'Live' && "
                         "document.getElementById('version').textContent !== ''"));
  }
  bool TitleBegins(const std::string& words) {
    return chromium_->Until("document.title.startsWith('" + words + "')");
  }
  std::string Title() { return chromium_->Evaluate("document.title"); }
  std::string Icon() {
    return chromium_->Evaluate("document.getElementById('icon').getAttribute('href')");
  }
  std::string Read(const std::string& selector) { return chromium_->Read(selector); }
  void Show(pipeline::Picture picture, const HostId& changed) {
    pipeline::Changes changes;
    changes.hosts = {changed};
    shop_.Publish(std::move(picture), changes);
  }

  http::ServedShop shop_;
  std::unique_ptr<Chromium> chromium_;
};

TEST_F(PageTest, HostsAndChecksAreShownAndThatEverythingIsOk) {
  Open("/");
  EXPECT_EQ(Title(), "OK \u00b7 Faultline");
  EXPECT_EQ(Icon(), "/favicon.svg");
  EXPECT_EQ(Read("#verdict-title"), "Everything is OK");
  EXPECT_THAT(Read("#hosts"), AllOf(HasSubstr("app-1"), HasSubstr("db-1"),
                                    HasSubstr("unit:mysql.service"), HasSubstr("10.0.2.10:3306")));
  EXPECT_EQ(Read("#open-incidents"), "");
}

TEST_F(PageTest, AStoppedDatabaseTurnsItCriticalByItselfWithinASecond) {
  Open("/");
  const auto stopped = std::chrono::steady_clock::now();
  shop_.StopDatabase();
  ASSERT_TRUE(
      chromium_->Until("document.title.startsWith('(1) database critical') && "
                       "document.querySelector('.host .critical') !== null"));
  const auto took = std::chrono::steady_clock::now() - stopped;
  EXPECT_LT(took, std::chrono::seconds(1));
  RecordProperty("took_ms", static_cast<int>(took / std::chrono::milliseconds(1)));
  EXPECT_EQ(Icon(), "/favicon-critical.svg");
  EXPECT_THAT(Read("#verdict-title"),
              AllOf(HasSubstr("1 incident is open"), HasSubstr("critical")));
  EXPECT_THAT(Read("#open-incidents"),
              AllOf(HasSubstr("CRITICAL"), HasSubstr("Database down"),
                    HasSubstr("app-1 cannot connect to 10.0.2.10:3306 (refused)"),
                    HasSubstr("sudo systemctl start mysql")));
  EXPECT_THAT(Read("#hosts"), AllOf(HasSubstr("UNIT_INACTIVE"), HasSubstr("2 of 2 checks not OK")));
  EXPECT_THAT(Read("#announcer"), HasSubstr("New incident: CRITICAL shop-prod: database down."));
}

TEST_F(PageTest, TimesAreUtcWithTheReadersOwnClockBesideThem) {
  shop_.StopDatabase();
  Open("/");
  EXPECT_THAT(Read("#open-incidents .when"),
              AllOf(HasSubstr("Open for 4"), HasSubstr("03:14:07.412 UTC"), HasSubstr("04:14:07")));
}

TEST_F(PageTest, AResolvedIncidentLeavesByItselfAndIsRemembered) {
  shop_.StopDatabase();
  Open("/");
  EXPECT_THAT(Title(), StartsWith("(1) database critical"));
  shop_.StartDatabase();
  ASSERT_TRUE(TitleBegins("OK"));
  EXPECT_EQ(Read("#open-incidents"), "");
  EXPECT_THAT(Read("#recent-rows"), AllOf(HasSubstr("42"), HasSubstr("RESOLVED")));
}

TEST_F(PageTest, AnIncidentHasItsOwnAddressAndMovesThereToo) {
  shop_.StopDatabase();
  Open("/incidents/42");
  ASSERT_TRUE(TitleBegins("database critical, incident 42"));
  EXPECT_THAT(Read("#incident-card"), AllOf(HasSubstr("Database down"), HasSubstr("Evidence"),
                                            HasSubstr("nothing listens on 3306")));
  EXPECT_THAT(Read("#timeline"), HasSubstr("Incident opened"));
  EXPECT_EQ(Read("#overview"), "");
  shop_.StartDatabase();
  ASSERT_TRUE(TitleBegins("database resolved, incident 42"));
  EXPECT_THAT(Read("#incident-card"), HasSubstr("RESOLVED"));
}

TEST_F(PageTest, AnIncidentThatIsNotThereIsSaid) {
  Open("/incidents/7");
  EXPECT_TRUE(chromium_->Until(
      "document.getElementById('incident-note').innerText.includes('there is no incident 7')"));
}

TEST_F(PageTest, TextOfHostsStaysText) {
  pipeline::Picture picture = Fleet("hostile", fakes::kStopped);
  incidents::Incident incident = *picture.open_incidents.front();
  incident.title =
      "CRITICAL shop-prod: <img src=x onerror=\"document.title='pwned'\"> down. <b>x</b>";
  incident.text = incident.title + "\nImpact: <script>document.title='pwned'</script>";
  picture.open_incidents = {std::make_shared<const incidents::Incident>(incident)};
  Show(picture, fakes::kDb);
  Open("/");
  EXPECT_THAT(Read("#hosts"), HasSubstr("<script>document.title='pwned'</script>"));
  EXPECT_THAT(Read("#open-incidents"), HasSubstr("<img src=x onerror="));
  EXPECT_THAT(Title(), Not(HasSubstr("pwned")));
  EXPECT_EQ(chromium_->Evaluate("String(document.querySelectorAll('main img, main script, "
                                "main b:not(.gauges b)').length)"),
            "0");
}

TEST_F(PageTest, TheBrowserItselfRefusesMarkupAndLoadsNothingFromElsewhere) {
  Open("/");
  EXPECT_EQ(chromium_->Evaluate("(() => { try { document.body.innerHTML = '<p>x</p>'; return 'set';"
                                " } catch (error) { return error.name; } })()"),
            "TypeError");
  EXPECT_EQ(chromium_->Evaluate("performance.getEntriesByType('resource').map((e) => e.name)"
                                ".filter((name) => !name.startsWith(location.origin)).join()"),
            "");
}

TEST_F(PageTest, NoScriptFailsWhateverIsShown) {
  Show(Fleet("hostile", fakes::kStopped), fakes::kDb);
  shop_.StopDatabase();
  Open("/");
  shop_.StartDatabase();
  ASSERT_TRUE(TitleBegins("OK"));
  Open("/incidents/42");
  ASSERT_TRUE(TitleBegins("database resolved"));
  EXPECT_THAT(chromium_->complaints(), IsEmpty());
}

TEST_F(PageTest, OnAPhoneNothingSticksOut) {
  chromium_->Resize(390, 844);
  Show(Fleet("hostile", fakes::kStopped), fakes::kDb);
  FillStore(true, fakes::kStopped, &shop_.store());
  for (const char* path : {"/", "/incidents/42"}) {
    Open(path);
    ASSERT_TRUE(TitleBegins(path == std::string("/") ? "(1)" : "database critical"));
    EXPECT_EQ(chromium_->Evaluate("String(document.documentElement.scrollWidth)"), "390") << path;
    // Nor is anything cut off by what it stands in.
    EXPECT_EQ(chromium_->Evaluate(
                  "[...document.querySelectorAll('header *, main *')].filter((element) => "
                  "element.checkVisibility() && !element.closest('.for-ears') && "
                  "element.getBoundingClientRect().right > 390.5)"
                  ".map((element) => element.className + ': ' + element.innerText).join()"),
              "")
        << path;
  }
}

TEST_F(PageTest, WithoutAnyHostItSaysWhatToDoNext) {
  Show({}, fakes::kDb);
  Open("/");
  EXPECT_THAT(Title(), StartsWith("No host yet"));
  EXPECT_THAT(Read("#first-run"),
              AllOf(HasSubstr("faultline token create --role db"), HasSubstr("agent.yaml"),
                    HasSubstr("systemctl enable --now faultline-agent")));
  Show(fakes::AllWell(), fakes::kDb);
  ASSERT_TRUE(TitleBegins("OK"));
  EXPECT_EQ(Read("#first-run"), "");
}

TEST_F(PageTest, ASilentHostIsNeverShownAsOk) {
  Open("/");
  model::HostPicture db = fakes::DbHost();
  db.link = model::LinkState::kSilent;
  Show(fakes::PictureOf({fakes::AppHost(), db}), fakes::kDb);
  ASSERT_TRUE(TitleBegins("1 silent"));
  EXPECT_THAT(Read("#verdict-title"),
              MatchesRegex("1 host is not heard: its [0-9]+ checks are last known"));
  EXPECT_THAT(Read("#counts"), HasSubstr("last known OK"));
  EXPECT_THAT(Read("#hosts .away"),
              AllOf(HasSubstr("STALE"), HasSubstr("silent for"), HasSubstr("WAS OK")));
  EXPECT_EQ(chromium_->Evaluate("String(document.querySelectorAll('.away .badge.ok').length)"),
            "0");
  // The command says it in the same words.
  EXPECT_THAT(Read("#counts"), Not(HasSubstr("stopped on purpose")));
  db.link = model::LinkState::kGoodbye;
  Show(fakes::PictureOf({fakes::AppHost(), db}), fakes::kDb);
  ASSERT_TRUE(TitleBegins("OK"));
  EXPECT_THAT(Read("#counts"),
              MatchesRegex(".*silent[^0-9]*0[^0-9].*stopped on purpose[^0-9]*1.*"));
}

TEST_F(PageTest, WhatAnAgentSaidAndNobodyCouldUseStandsWithItsHost) {
  Open("/");
  model::HostPicture db = fakes::DbHost();
  db.refused = {{.name = "log:<b>x</b>", .why = "target: is wrong", .at = fakes::kStopped}};
  Show(fakes::PictureOf({fakes::AppHost(), db}), fakes::kDb);
  ASSERT_TRUE(chromium_->Until("document.querySelector('.refused li') !== null"));
  EXPECT_EQ(Read(".refused li"), "Not understood: log:<b>x</b>: target: is wrong");
}

TEST_F(PageTest, ALostConnectionIsSaidCountedAndMendsItselfWithNothingMissed) {
  Open("/");
  const std::string all_read = "faultline_http_requests_total{code=\"200\",route=\"status\"} 1\n";
  EXPECT_THAT(shop_.Get("/metrics"), HasSubstr(all_read));
  shop_.Stop();
  ASSERT_TRUE(TitleBegins("Connection lost"));
  EXPECT_THAT(Icon(), StartsWith("data:image/svg+xml"));
  EXPECT_EQ(Read("#live-text"), "Connection lost");
  EXPECT_THAT(Read("#verdict-title"), StartsWith("Last known: "));
  EXPECT_THAT(Read("#lost"), HasSubstr("may be wrong by now"));
  EXPECT_TRUE(chromium_->Until("document.getElementById('lost').innerText.includes('for 2 s')"));
  EXPECT_TRUE(chromium_->Until("document.getElementById('lost').innerText.includes('for 3 s')"));
  shop_.StopDatabase();
  shop_.Start();
  ASSERT_TRUE(TitleBegins("(1) database critical"));
  EXPECT_EQ(Read("#lost"), "");
  EXPECT_EQ(Read("#live-text"), "Live");
  // It went on from its last event rather than reading everything again.
  EXPECT_THAT(shop_.Get("/metrics"), HasSubstr(all_read));
}

TEST_F(PageTest, TheKeyboardStaysWhereItIsWhenHostsMove) {
  Open("/");
  const std::string focused =
      "document.activeElement.closest('summary')?.querySelector('.host-name').innerText ?? ''";
  chromium_->Evaluate("document.querySelector('.host:last-child summary').focus() ?? ''");
  ASSERT_EQ(chromium_->Evaluate(focused), "db-1");
  shop_.StopDatabase();
  ASSERT_TRUE(TitleBegins("(1)"));
  EXPECT_EQ(Read("#hosts .host-name"), "db-1");  // now the first
  EXPECT_EQ(chromium_->Evaluate(focused), "db-1");
}

TEST_F(PageTest, TheFilterLeavesWhatFits) {
  Open("/");
  chromium_->Evaluate(
      "(() => { const box = document.getElementById('search'); box.value = 'mysql.service'; "
      "box.dispatchEvent(new Event('input')); return ''; })()");
  ASSERT_TRUE(chromium_->Until("document.querySelectorAll('.host').length === 1"));
  EXPECT_THAT(Read("#hosts"), AllOf(HasSubstr("unit:mysql.service"), Not(HasSubstr("listener"))));
}

}  // namespace
}  // namespace faultline::browser
