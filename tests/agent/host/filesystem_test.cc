// Real file systems, in a mount namespace of the test's own.
#include "agent/host/filesystem.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <memory>

#include "tests/agent/host/private_mounts.h"
#include "tests/fakes/temp_directory.h"

namespace faultline::host {
namespace {

namespace fs = std::filesystem;

class FilesystemTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!mounts_.why_not().empty()) GTEST_SKIP() << mounts_.why_not();
    fs::create_directories(path_);
  }
  FilesystemFacts Look(const std::string& path, const std::string& fstab = "/dev/null") {
    const auto facts = LookAtFilesystem(path, fstab);
    EXPECT_TRUE(facts.ok()) << facts.status();
    return facts.value_or(FilesystemFacts());
  }

  PrivateMounts mounts_;
  const fakes::TempDirectory directory_;
  const std::string path_ = directory_ / "data";
};

TEST_F(FilesystemTest, CountsSpaceAndInodesOfTheFileSystemUnderThePath) {
  ASSERT_TRUE(mounts_.Mount(path_, "tmpfs", "size=4m,nr_inodes=100"));
  std::ofstream(path_ + "/file") << std::string(1 << 20, 'x') << std::flush;
  const FilesystemFacts facts = Look(path_);
  EXPECT_EQ(facts.mount_point, facts.real_path);
  EXPECT_EQ(facts.type, "tmpfs");
  EXPECT_EQ(facts.source, "faultline-test");
  EXPECT_EQ(facts.size_bytes, 4U << 20);
  EXPECT_EQ(facts.available_bytes, 3U << 20);
  EXPECT_EQ(facts.files, 100U);
  EXPECT_EQ(facts.files_free, 98U);  // the directory itself is one
  EXPECT_FALSE(facts.read_only);
}

TEST_F(FilesystemTest, ASymlinkLeadsToTheMountOfItsTarget) {
  ASSERT_TRUE(mounts_.Mount(path_, "tmpfs", "size=4m"));
  fs::create_directories(path_ + "/mysql");
  fs::create_directory_symlink(path_ + "/mysql", directory_ / "link");
  const FilesystemFacts facts = Look(directory_ / "link");
  EXPECT_EQ(facts.type, "tmpfs");
  EXPECT_EQ(facts.real_path, facts.mount_point + "/mysql");
}

TEST_F(FilesystemTest, AFileSystemThatBecameReadOnlyIsToldFromAMountThatIs) {
  ASSERT_TRUE(mounts_.Mount(path_, "tmpfs", "size=4m"));
  // As systemd's ProtectSystem=strict: only this mount.
  ASSERT_TRUE(mounts_.Remount(path_, MS_BIND | MS_RDONLY));
  EXPECT_FALSE(Look(path_).read_only);
  // As the kernel after an error: the file system.
  ASSERT_TRUE(mounts_.Remount(path_, MS_RDONLY));
  EXPECT_TRUE(Look(path_).read_only);
}

TEST_F(FilesystemTest, FstabSaysWhetherItShouldBeWritable) {
  ASSERT_TRUE(mounts_.Mount(path_, "tmpfs", "size=4m"));
  const std::string fstab = directory_ / "fstab";
  EXPECT_FALSE(Look(path_, fstab).wanted_writable);
  std::ofstream(fstab) << "none " << Look(path_).mount_point << " tmpfs rw 0 0\n";
  EXPECT_TRUE(Look(path_, fstab).wanted_writable);
}

TEST(FilesystemErrorTest, APathThatIsNotThereIsNotFound) {
  EXPECT_TRUE(absl::IsNotFound(LookAtFilesystem("/faultline-none").status()));
}

}  // namespace
}  // namespace faultline::host
