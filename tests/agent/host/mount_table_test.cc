#include "agent/host/mount_table.h"

#include <gtest/gtest.h>

#include <string>

namespace faultline::host {
namespace {

// Recorded inside a service with ProtectSystem=strict on Debian 12: the mount is read-only for this
// process, the file system is not.
constexpr char kSandboxed[] =
    "30 1 254:1 / / ro,relatime master:1 - ext4 /dev/nvme0n1p1 rw,errors=remount-ro\n"
    "31 30 0:25 / /proc rw,nosuid,nodev,noexec,relatime master:13 - proc proc rw\n"
    "44 30 254:16 / /var/lib/mysql ro,relatime master:30 propagate_from:2 - xfs /dev/nvme1n1 "
    "rw,attr2,inode64,logbufs=8\n"
    "45 30 0:40 / /mnt/with\\040space rw - nfs4 10.0.2.20:/export\\040one rw,vers=4.2,hard\n"
    "46 44 254:17 /data /var/lib/mysql rw - ext4 /dev/nvme2n1 ro\n";

TEST(MountTableTest, ReadsTheSuperblocksOptionsAndNotThoseOfTheMount) {
  const std::vector<Mount> mounts = ParseMountinfo(kSandboxed);
  ASSERT_EQ(mounts.size(), 5U);
  EXPECT_EQ(mounts[0].id, 30U);
  EXPECT_EQ(mounts[0].mount_point, "/");
  EXPECT_EQ(mounts[0].type, "ext4");
  EXPECT_EQ(mounts[0].source, "/dev/nvme0n1p1");
  EXPECT_TRUE(HasOption(mounts[0].super_options, "rw"));
  EXPECT_FALSE(HasOption(mounts[0].super_options, "ro"));
  EXPECT_TRUE(HasOption(mounts[4].super_options, "ro"));
}

TEST(MountTableTest, ResolvesEscapesInNames) {
  const std::vector<Mount> mounts = ParseMountinfo(kSandboxed);
  EXPECT_EQ(mounts[3].mount_point, "/mnt/with space");
  EXPECT_EQ(mounts[3].source, "10.0.2.20:/export one");
}

TEST(MountTableTest, FindsTheMountThatHoldsAPathAndOfTwoTheUpperOne) {
  const std::vector<Mount> mounts = ParseMountinfo(kSandboxed);
  const auto id = [&](const char* path) {
    const Mount* mount = FindMountByPath(mounts, path);
    return mount == nullptr ? 0 : mount->id;
  };
  EXPECT_EQ(id("/"), 30U);
  EXPECT_EQ(id("/var/lib"), 30U);
  EXPECT_EQ(id("/var/lib/mysql"), 46U);
  EXPECT_EQ(id("/var/lib/mysql/shop/orders.ibd"), 46U);
  EXPECT_EQ(id("/var/lib/mysql-files"), 30U) << "a longer name is no path below";
  EXPECT_EQ(id("relative"), 0U);
  EXPECT_EQ(FindMountById(mounts, 45)->type, "nfs4");
  EXPECT_EQ(FindMountById(mounts, 99), nullptr);
}

TEST(MountTableTest, LeavesOutLinesOfAnotherForm) {
  for (const char* text :
       {"", "\n\n", "30 1 254:1 / / ro", "30 1 254:1 / / ro - ext4", "x 1 254:1 / / ro - a b rw",
        "30 1 254:1 / relative ro - ext4 /dev/sda rw", "- - - - - - - - - -",
        "30 1 254:1 / / ro master:1 shared:2"}) {
    EXPECT_TRUE(ParseMountinfo(text).empty()) << text;
  }
  // A backslash at the end, and one that is no escape.
  EXPECT_EQ(ParseMountinfo("1 1 0:1 / /a\\04 rw - t s rw")[0].mount_point, "/a\\04");
}

TEST(MountTableTest, IsBounded) {
  std::string many;
  for (int i = 0; i < 6000; ++i) {
    many += std::to_string(i) + " 1 0:1 / /m" + std::to_string(i) + " rw - tmpfs t rw\n";
  }
  EXPECT_EQ(ParseMountinfo(many).size(), 4096U);
  const std::string name(100'000, 'x');
  EXPECT_EQ(ParseMountinfo("1 1 0:1 / /" + name + " rw - tmpfs t rw")[0].mount_point.size(), 4096U);
}

TEST(MountTableTest, FstabSaysHowAMountShouldBe) {
  constexpr char kFstab[] =
      "# /etc/fstab\n"
      "UUID=1234 /              ext4 defaults,errors=remount-ro 0 1\n"
      "/dev/sr0\t/media/cdrom\tudf,iso9660\tuser,noauto,ro\t0 0\n"
      "#/dev/sdb /var/lib/mysql xfs ro 0 0\n"
      "/dev/sdb /var/lib/with\\040space xfs rw,noatime 0 0\n"
      "broken\n";
  EXPECT_EQ(WantedWritable(kFstab, "/"), true);
  EXPECT_EQ(WantedWritable(kFstab, "/media/cdrom"), false);
  EXPECT_EQ(WantedWritable(kFstab, "/var/lib/with space"), true);
  EXPECT_EQ(WantedWritable(kFstab, "/var/lib/mysql"), std::nullopt);
  EXPECT_EQ(WantedWritable("", "/"), std::nullopt);
}

}  // namespace
}  // namespace faultline::host
