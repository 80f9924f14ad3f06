# A layer is a folder: one static library of its sources, one gtest executable of its tests.
#
#   faultline_layer(collector/store DEPS faultline_common SQLite::SQLite3)
#
# makes the library faultline_collector_store from collector/store/*.cc and, when tests are built,
# the executable collector_store_test from tests/collector/store/*.cc. New files are found by the next build.
function(faultline_layer folder)
  cmake_parse_arguments(LAYER "" "" "DEPS;TEST_DEPS;EXTRA_SOURCES" ${ARGN})
  string(REPLACE "/" "_" name ${folder})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*.cc)
  list(FILTER sources EXCLUDE REGEX "/main\\.cc$")
  list(APPEND sources ${LAYER_EXTRA_SOURCES})
  if(sources)
    add_library(faultline_${name} STATIC ${sources})
    target_link_libraries(faultline_${name} PUBLIC ${LAYER_DEPS})
    target_include_directories(faultline_${name} PUBLIC ${PROJECT_SOURCE_DIR})
    faultline_unity(faultline_${name})
  else()
    add_library(faultline_${name} INTERFACE)
    target_link_libraries(faultline_${name} INTERFACE ${LAYER_DEPS})
    target_include_directories(faultline_${name} INTERFACE ${PROJECT_SOURCE_DIR})
  endif()
  if(NOT FAULTLINE_TESTS)
    return()
  endif()
  file(GLOB tests CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/${folder}/*.cc)
  if(tests)
    faultline_test(${name}_test SOURCES ${tests} DEPS faultline_${name} ${LAYER_TEST_DEPS})
  endif()
endfunction()

# One gtest executable; ctest runs each of its tests alone. A test that the machine cannot run calls
# GTEST_SKIP() and counts as skipped.
function(faultline_test name)
  cmake_parse_arguments(TEST "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${TEST_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${TEST_DEPS} GTest::gtest GTest::gmock GTest::gtest_main)
  faultline_unity(${name})
  target_compile_definitions(${name} PRIVATE
    FAULTLINE_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  gtest_discover_tests(${name} TEST_PREFIX ${name}. DISCOVERY_TIMEOUT 60
    PROPERTIES TIMEOUT 120 SKIP_REGULAR_EXPRESSION "\\[  SKIPPED \\]")
endfunction()

# Compiles the target's sources in batches, each as one source: nearly all of the time goes into headers, which a batch
# reads once. A source with compile options of its own stays by itself. What a batch asks of names in anonymous
# namespaces, tests/house/unity_names.py checks.
function(faultline_unity target)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${FAULTLINE_UNITY}
                                             UNITY_BUILD_BATCH_SIZE ${FAULTLINE_UNITY_BATCH})
endfunction()
