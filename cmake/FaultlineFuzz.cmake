# One libFuzzer program for each tests/fuzz/NAME_fuzz.cc. What it needs stands in the file itself:
#
#   // fuzz-sources: agent/checks/log_mask.cc common/text.cc
#   // fuzz-libs: re2::re2
#
# Each line within 100 columns (clang-format breaks longer ones) and as often as needed.
# The union of the sources is compiled once, with coverage, into one library: only the parsers that
# are fuzzed, not whole layers. Debian's own libraries stay as GCC built them: the ABI is the same
# (libstdc++), they only add no coverage. faultline_proto may be named among the libraries.
function(faultline_fuzz)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "libFuzzer needs clang; type: make fuzz")
  endif()
  file(GLOB programs CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/fuzz/*_fuzz.cc)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${programs})
  set(sources "")
  set(names "")
  foreach(program ${programs})
    get_filename_component(name ${program} NAME_WE)
    list(APPEND names ${name})
    faultline_fuzz_words(${program} "fuzz-sources" its_sources)
    faultline_fuzz_words(${program} "fuzz-libs" ${name}_libs)
    foreach(source ${its_sources})
      list(APPEND sources ${PROJECT_SOURCE_DIR}/${source})
    endforeach()
  endforeach()
  list(REMOVE_DUPLICATES sources)
  add_library(faultline_fuzzed STATIC ${sources})
  target_include_directories(faultline_fuzzed PUBLIC ${PROJECT_SOURCE_DIR})
  target_compile_options(faultline_fuzzed PUBLIC -fsanitize=fuzzer-no-link)
  target_link_libraries(faultline_fuzzed PUBLIC absl::status absl::statusor absl::strings
                        absl::str_format Threads::Threads)
  # For headers only: a source that includes a message needs it made first.
  target_include_directories(faultline_fuzzed SYSTEM PUBLIC ${PROJECT_BINARY_DIR}/proto)
  add_dependencies(faultline_fuzzed faultline_proto)
  foreach(name ${names})
    add_executable(${name} ${PROJECT_SOURCE_DIR}/tests/fuzz/${name}.cc)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    target_link_libraries(${name} PRIVATE faultline_fuzzed ${${name}_libs})
  endforeach()
endfunction()

# The words after "// KEY:" in every such line of `file`.
function(faultline_fuzz_words file key out)
  file(STRINGS ${file} lines REGEX "^// ${key}:")
  set(words "")
  foreach(line ${lines})
    string(REGEX REPLACE "^// ${key}: *" "" line "${line}")
    separate_arguments(line)
    if(line STREQUAL "")
      message(FATAL_ERROR "${file}: a line '// ${key}:' names nothing")
    endif()
    list(APPEND words ${line})
  endforeach()
  set(${out} "${words}" PARENT_SCOPE)
endfunction()
