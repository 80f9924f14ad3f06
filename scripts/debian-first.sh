# Sourced by the scripts that run programs of scripts/setup. Debian's come first, then this machine's own: another Python, Node,
# CMake or protoc that stands first in PATH is of another version, or looks for its libraries elsewhere.
PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin:$PATH
export PATH
# What points compiler, linker, CMake, pkg-config and Python elsewhere (conda, ROS and other environments set these).
# Another compiler or other flags: scripts/configure PRESET -DCMAKE_CXX_COMPILER=... -DCMAKE_CXX_FLAGS=...
unset CC CXX CPP CFLAGS CXXFLAGS CPPFLAGS LDFLAGS CPATH C_INCLUDE_PATH CPLUS_INCLUDE_PATH LIBRARY_PATH COMPILER_PATH \
  GCC_EXEC_PREFIX LD_LIBRARY_PATH LD_RUN_PATH PKG_CONFIG PKG_CONFIG_PATH PKG_CONFIG_LIBDIR PKG_CONFIG_SYSROOT_DIR \
  CMAKE_TOOLCHAIN_FILE CMAKE_C_COMPILER_LAUNCHER CMAKE_CXX_COMPILER_LAUNCHER BOOST_ROOT OPENSSL_ROOT_DIR GTEST_ROOT \
  PYTHONHOME PYTHONPATH
