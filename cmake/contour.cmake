# The fence. A contour is a folder with one door: the headers under include/. Others see that door,
# and only if they name the contour in USES; everything else in the folder is private to it.
#
#   contour(<name> DOOR a.h ... SOURCES b.c ... USES storage ... LIBS PkgConfig::X ...)
#   compiled_together(<name> [APART b.c ...])
#   contour_test(<name>_test SOURCES a_test.c USES storage ... [PRIVATE_OF storage])
#   contour_fuzz(<name>_fuzz SOURCES a_fuzz.c USES storage ...)
#
# Private headers stay reachable from the contour's own tests by PRIVATE_OF. A quoted include that
# climbs ("../storage/row.h") would slip through; tools/check-fence refuses it.

function(contour name)
  cmake_parse_arguments(PARSE_ARGV 1 C "" "" "DOOR;SOURCES;USES;LIBS")
  list(TRANSFORM C_DOOR PREPEND include/)
  add_library(${name} STATIC ${C_SOURCES})
  target_sources(${name} PUBLIC FILE_SET HEADERS BASE_DIRS include FILES ${C_DOOR})
  if(NOT name STREQUAL "base")
    target_link_libraries(${name} PUBLIC base)
  endif()
  target_link_libraries(${name} PRIVATE ${C_USES} ${C_LIBS} docket_flags)
endfunction()

# Under the sanitizers a library's sources are compiled as one, but for those APART, which have names of their own that
# another has too ("redefinition of" tells which). Most of what a compiler does for one source is to start and to read
# headers. What ships is compiled one by one.
function(compiled_together name)
  cmake_parse_arguments(PARSE_ARGV 1 C "" "" "APART")
  if(NOT DOCKET_TOGETHER)
    return()
  endif()
  get_target_property(sources ${name} SOURCES)
  list(REMOVE_ITEM sources ${C_APART})
  foreach(source ${sources})
    # The drivers of the two databases have the same names on purpose.
    string(REGEX MATCH "^(pg|sqlite)_" driver ${source})
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP "${driver}together")
  endforeach()
  set_target_properties(${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
endfunction()

# A program that is not `docket` itself: docket-parse, docket-train.
function(contour_program name)
  cmake_parse_arguments(PARSE_ARGV 1 C "" "" "SOURCES;USES;LIBS;PRIVATE_OF")
  add_executable(${name} ${C_SOURCES})
  target_link_libraries(${name} PRIVATE base ${C_USES} ${C_LIBS} docket_flags)
  foreach(owner ${C_PRIVATE_OF})
    target_link_libraries(${name} PRIVATE ${owner})
    target_include_directories(${name} PRIVATE $<TARGET_PROPERTY:${owner},SOURCE_DIR>)
  endforeach()
endfunction()

function(contour_test name)
  if(NOT DOCKET_TESTS)
    return()
  endif()
  cmake_parse_arguments(PARSE_ARGV 1 C "" "TIMEOUT" "SOURCES;USES;LIBS;PRIVATE_OF;ARGS")
  contour_program(${name} SOURCES ${C_SOURCES} USES ${C_USES} LIBS ${C_LIBS} PkgConfig::CMOCKA test_folder
                  PRIVATE_OF ${C_PRIVATE_OF})
  add_dependencies(tests ${name})
  add_test(NAME ${name} COMMAND ${name} ${C_ARGS})
  if(NOT C_TIMEOUT)
    set(C_TIMEOUT 120)
  endif()
  if(DOCKET_SANITIZE)
    math(EXPR C_TIMEOUT "${C_TIMEOUT} * 4") # several times slower, and beside other tests
  endif()
  set_tests_properties(${name} PROPERTIES TIMEOUT ${C_TIMEOUT}
                       ENVIRONMENT "DOCKET_SOURCE_DIR=${CMAKE_SOURCE_DIR};DOCKET_BUILD_DIR=${CMAKE_BINARY_DIR}")
endfunction()

# One LLVMFuzzerTestOneInput a file. With clang it is a libFuzzer; elsewhere a replayer of its
# seeds (tools/fuzz_main.c), which is what every ordinary test run executes.
function(contour_fuzz name)
  if(NOT DOCKET_TESTS)
    return()
  endif()
  cmake_parse_arguments(PARSE_ARGV 1 C "" "SEEDS" "SOURCES;USES;LIBS;PRIVATE_OF")
  if(DOCKET_FUZZ)
    contour_program(${name} SOURCES ${C_SOURCES} USES ${C_USES} LIBS ${C_LIBS}
                    PRIVATE_OF ${C_PRIVATE_OF})
    target_compile_options(${name} PRIVATE -fsanitize=fuzzer)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    # ./test --long reads here which fuzzers there are, and where their seeds lie.
    file(APPEND ${CMAKE_BINARY_DIR}/fuzzers.txt "${name} ${CMAKE_CURRENT_SOURCE_DIR}/${C_SEEDS}\n")
  else()
    contour_replay(${name} SOURCES ${C_SOURCES} USES ${C_USES} LIBS ${C_LIBS} PRIVATE_OF ${C_PRIVATE_OF})
    contour_seeds(${name} ${name}_seeds ${C_SEEDS})
  endif()
endfunction()
function(contour_replay name)
  contour_program(${name} ${ARGN})
  target_link_libraries(${name} PRIVATE fuzz_main)
  add_dependencies(tests ${name})
endfunction()
function(contour_seeds name test seeds)
  add_test(NAME ${test} COMMAND ${name} ${CMAKE_CURRENT_SOURCE_DIR}/${seeds})
  set_tests_properties(${test} PROPERTIES TIMEOUT 120)
endfunction()
