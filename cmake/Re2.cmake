# The target re2::re2, before gRPC looks for one. Its way and ours went by pkg-config, which follows RE2's many
# requirements of Abseil on Debian 13 through every path that leads to them: more than a minute without a word.
find_package(re2 CONFIG QUIET)
if(NOT TARGET re2::re2)
  find_library(RE2_LIBRARY re2 REQUIRED)
  find_path(RE2_INCLUDE re2/re2.h REQUIRED)
  add_library(re2::re2 INTERFACE IMPORTED)
  target_include_directories(re2::re2 INTERFACE "${RE2_INCLUDE}")
  target_link_libraries(re2::re2 INTERFACE "${RE2_LIBRARY}" Threads::Threads)
  # What a newer RE2 stands on; for its static library.
  foreach(name absl_check absl_log fixed_array flat_hash_map flat_hash_set inlined_vector str_format strings synchronization)
    if(TARGET absl::${name})
      target_link_libraries(re2::re2 INTERFACE absl::${name})
    endif()
  endforeach()
endif()
