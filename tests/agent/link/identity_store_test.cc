// The identity on disk: whatever is killed, full or damaged.
#include "agent/link/identity_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/agent/link/fake_authority.h"
#include "tests/agent/spool/fake_disk.h"
#include "tests/agent/spool/spool_testing.h"

namespace faultline::link {
namespace {

using ::testing::HasSubstr;

constexpr char kPem[] = "/disk/agent/identity/identity.pem";

class IdentityStoreTest : public ::testing::Test {
 protected:
  Identity Make() { return Make(*HostKey::Make()); }
  Identity Make(HostKey key) {
    // Through PKCS#10, as the collector gets it.
    const std::string request = *key.MakeRequest();
    const auto* at = reinterpret_cast<const unsigned char*>(request.data());
    X509_REQ* parsed = d2i_X509_REQ(nullptr, &at, static_cast<long>(request.size()));
    const WallTime now = SystemClock().Now();
    faultline::v1::Certificate answer;
    answer.add_chain(authority_.Sign(X509_REQ_get0_pubkey(parsed),
                                     "URI:faultline://shop/db-1?env=prod", now - Span::Seconds(60),
                                     now + Span::Seconds(3600)));
    X509_REQ_free(parsed);
    answer.add_authorities(authority_.der());
    auto identity = IdentityFromAnswer(answer, std::move(key), "db-1", authority_.pem(), now);
    EXPECT_TRUE(identity.ok()) << identity.status();
    return *std::move(identity);
  }

  FakeAuthority authority_;
};

TEST_F(IdentityStoreTest, GivesBackWhatWasSaved) {
  const spool::TempDir dir;
  auto store = IdentityStore::Open(dir.path() + "/state");
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_TRUE(absl::IsNotFound((*store)->Load().status()));
  const Identity saved = Make();
  ASSERT_TRUE((*store)->Save(saved).ok());
  const auto loaded = (*store)->Load();
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_TRUE(loaded->key == saved.key);
  EXPECT_EQ(loaded->chain, saved.chain);
  EXPECT_EQ(loaded->authorities, saved.authorities);
  EXPECT_EQ(loaded->Uri(), "faultline://shop/db-1?env=prod");
  EXPECT_EQ(loaded->life.not_after, saved.life.not_after);
  EXPECT_TRUE(IdentityStore::Peek(dir.path() + "/state").ok());
}

TEST_F(IdentityStoreTest, KeepsOtherProcessesOut) {
  const spool::TempDir dir;
  const auto store = IdentityStore::Open(dir.path());
  ASSERT_TRUE(store.ok()) << store.status();
  const auto second = IdentityStore::Open(dir.path());
  EXPECT_TRUE(absl::IsAborted(second.status()));
  EXPECT_THAT(second.status().message(), HasSubstr("another process has"));
}

TEST_F(IdentityStoreTest, KeepsTheJoiningKeyUntilItIsUsed) {
  spool::FakeDisk disk(1);
  auto store = IdentityStore::Open("/disk/agent", &disk);
  ASSERT_TRUE(store.ok()) << store.status();
  HostKey first = *(*store)->JoiningKey();
  store->reset();
  store = IdentityStore::Open("/disk/agent", &disk);
  EXPECT_TRUE(*(*store)->JoiningKey() == first);
  ASSERT_TRUE((*store)->Save(Make(std::move(first))).ok());
  EXPECT_FALSE(*(*store)->JoiningKey() == (*store)->Load()->key);
}

TEST_F(IdentityStoreTest, NeverUsesAJoiningKeyAgainThatAKillLeftThere) {
  spool::FakeDisk disk(1);
  auto store = IdentityStore::Open("/disk/agent", &disk);
  HostKey key = *(*store)->JoiningKey();
  const std::string kept = *disk.Read("/disk/agent/identity/joining.key", 100'000);
  ASSERT_TRUE((*store)->Save(Make(std::move(key))).ok());
  ASSERT_TRUE(spool::ReplaceFile(disk, "/disk/agent/identity/joining.key", kept).ok());
  EXPECT_FALSE(*(*store)->JoiningKey() == (*store)->Load()->key);
}

// A stop after each step, with and without loss of power: the identity is the one before or the
// new one, whole; and once Save has returned, it is the new one.
TEST_F(IdentityStoreTest, IsTheOldOrTheNewOneWhereverItIsKilled) {
  const Identity before = Make();
  const Identity after = Make();
  bool finished = false;
  for (uint64_t steps = 0; !finished; ++steps) {
    ASSERT_LT(steps, 100u);
    for (const bool power : {false, true}) {
      for (uint64_t seed = 1; seed <= 4; ++seed) {
        spool::FakeDisk disk(seed);
        {
          auto store = IdentityStore::Open("/disk/agent", &disk);
          ASSERT_TRUE(store.ok() && (*store)->Save(before).ok());
          disk.DieAfter(steps);
          finished = (*store)->Save(after).ok() && !disk.dead();
          power ? disk.LosePower() : disk.Kill();
        }
        const auto store = IdentityStore::Open("/disk/agent", &disk);
        ASSERT_TRUE(store.ok()) << store.status();
        const auto loaded = (*store)->Load();
        ASSERT_TRUE(loaded.ok()) << "after " << steps << " steps: " << loaded.status();
        EXPECT_TRUE(loaded->chain == after.chain || (!finished && loaded->chain == before.chain))
            << "after " << steps << " steps";
        EXPECT_FALSE(disk.Exists(std::string(kPem) + ".tmp"));
      }
    }
  }
}

// The same of a first start: no identity, or the whole of it; and the joining key that was given
// out is there while the identity is not.
TEST_F(IdentityStoreTest, NeverLosesTheJoiningKeyThatWasAskedFor) {
  bool finished = false;
  for (uint64_t steps = 0; !finished; ++steps) {
    ASSERT_LT(steps, 200u);
    for (const bool power : {false, true}) {
      spool::FakeDisk disk(steps + 1);
      std::optional<HostKey> asked;
      disk.DieAfter(steps);
      {
        auto store = IdentityStore::Open("/disk/agent", &disk);
        if (store.ok()) {
          auto key = (*store)->JoiningKey();
          if (key.ok()) {
            asked.emplace(*HostKey::FromPem(key->ToPem().value()));
            finished = (*store)->Save(Make(*std::move(key))).ok() && !disk.dead();
          }
        }
        power ? disk.LosePower() : disk.Kill();
      }
      const auto store = IdentityStore::Open("/disk/agent", &disk);
      ASSERT_TRUE(store.ok()) << store.status();
      const auto loaded = (*store)->Load();
      ASSERT_TRUE(loaded.ok() || absl::IsNotFound(loaded.status())) << loaded.status();
      EXPECT_TRUE(loaded.ok() || !finished);
      if (asked.has_value() && !loaded.ok()) {
        EXPECT_TRUE(*(*store)->JoiningKey() == *asked) << "after " << steps << " steps";
      }
    }
  }
}

TEST_F(IdentityStoreTest, KeepsTheOldOneOnAFullDisk) {
  spool::FakeDisk disk(1);
  auto store = IdentityStore::Open("/disk/agent", &disk);
  const Identity before = Make();
  ASSERT_TRUE((*store)->Save(before).ok());
  disk.set_fault(spool::FakeDisk::Fault::kFull);
  const Identity after = Make();
  EXPECT_TRUE(absl::IsResourceExhausted((*store)->Save(after)));
  EXPECT_EQ((*store)->Load()->chain, before.chain);
  disk.set_fault(spool::FakeDisk::Fault::kNone);
  ASSERT_TRUE((*store)->Save(after).ok());
  EXPECT_EQ((*store)->Load()->chain, after.chain);
}

TEST_F(IdentityStoreTest, OpensOnADiskThatTakesNothing) {
  spool::FakeDisk disk(1);
  {
    auto store = IdentityStore::Open("/disk/agent", &disk);
    ASSERT_TRUE((*store)->Save(Make()).ok());
  }
  for (const auto fault : {spool::FakeDisk::Fault::kFull, spool::FakeDisk::Fault::kReadOnly}) {
    disk.set_fault(fault);
    const auto store = IdentityStore::Open("/disk/agent", &disk);
    ASSERT_TRUE(store.ok()) << store.status();
    EXPECT_TRUE((*store)->Load().ok());
  }
}

// A first start: not even the directory could be made, so there was nothing to lock.
TEST_F(IdentityStoreTest, KeepsOthersOutAsSoonAsAFailingDiskTakesSomething) {
  spool::FakeDisk disk(1);
  disk.set_fault(spool::FakeDisk::Fault::kFull);
  const auto store = IdentityStore::Open("/disk/agent", &disk);
  const auto second = IdentityStore::Open("/disk/agent", &disk);
  ASSERT_TRUE(store.ok() && second.ok()) << store.status() << second.status();
  disk.set_fault(spool::FakeDisk::Fault::kNone);
  ASSERT_TRUE((*store)->Save(Make()).ok());
  EXPECT_TRUE(absl::IsAborted((*second)->Save(Make())));
  EXPECT_TRUE(absl::IsAborted((*second)->JoiningKey().status()));
}

TEST_F(IdentityStoreTest, SaysWhatIsDamagedAndHowToGoOn) {
  spool::FakeDisk disk(1);
  auto store = IdentityStore::Open("/disk/agent", &disk);
  const std::string whole(FormatIdentity(Make()).value());
  const std::string other(FormatIdentity(Make()).value());
  const std::string mixed =
      other.substr(0, other.find("# The host's")) + whole.substr(whole.find("# The host's"));
  const struct {
    std::string text;
    const char* what;
  } cases[] = {
      {"", "is cut off or is no identity"},
      {whole.substr(0, whole.size() / 2), "is cut off or is no identity"},
      {whole.substr(0, whole.size() - 40), "holds no certificate in PEM form"},
      {mixed, "holds a key that does not belong to its certificate"},
      {whole.substr(0, whole.find("# The authorities")) + "# The authorities of the collector:\n" +
           FakeAuthority().pem(),
       "holds a certificate that is not of its authorities"},
      {std::string(3, '\0') + whole.substr(whole.find("# The host's")), "holds no private key"},
  };
  for (const auto& each : cases) {
    ASSERT_TRUE(spool::ReplaceFile(disk, kPem, each.text).ok());
    const auto loaded = (*store)->Load();
    EXPECT_TRUE(absl::IsDataLoss(loaded.status())) << each.what;
    EXPECT_THAT(loaded.status().message(), HasSubstr(each.what));
    EXPECT_THAT(loaded.status().message(), HasSubstr("join anew with a token"));
  }
}

}  // namespace
}  // namespace faultline::link
