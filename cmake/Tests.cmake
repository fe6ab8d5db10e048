# tests/<module>/test_<name>.c is one cmocka program, run as the ctest <module>.<name>.
# tests/<module>/test_<name>.sh is one script, run with FETTLE set to the program.
option(FETTLE_TESTS "Build the tests" ON)
if(NOT FETTLE_TESTS)
  return()
endif()
fettle_package(CMOCKA cmocka libcmocka-dev)

# Tests that train for seconds, wait for a terminal or try thousands of cases. All others have the
# label "fast" (`ctest --preset release -L fast`, below 20 s together): one that takes more than a
# second belongs here.
set(fettle_slow
  util.lock
  core.attn core.net_gradient core.optim_rows
  engine.asker engine.events engine.session
  ui.every_key ui.journeys ui.layout ui.monkey ui.pull ui.screens ui.tty ui.tty_workbench ui.view_data ui.view_predict
  cli.bad_input cli.bench cli.bf16 cli.bundled cli.damage cli.distill cli.embed_rows cli.export cli.inject cli.mpirun cli.power_cut cli.precision cli.predict cli.pull cli.pull_faults cli.pull_hostile cli.pull_kill cli.pull_retry cli.resume cli.shards cli.sweep cli.sweep_change cli.sweep_queue cli.train ui.sweep ui.sweep_runs)

function(fettle_label test timeout)
  set(label fast)
  if(test IN_LIST fettle_slow)
    set(label slow)
  endif()
  set_tests_properties(${test} PROPERTIES TIMEOUT ${timeout} LABELS ${label})
endfunction()

function(fettle_tests module)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/${module}/test_*.c)
  foreach(source ${sources})
    get_filename_component(name ${source} NAME_WE)
    string(REGEX REPLACE "^test_" "" name ${name})
    add_executable(test_${module}_${name} ${source})
    target_include_directories(test_${module}_${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
    target_compile_definitions(test_${module}_${name} PRIVATE FETTLE_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    target_link_libraries(test_${module}_${name} PRIVATE fettle_flags ${ARGN} PkgConfig::CMOCKA m)
    add_test(NAME ${module}.${name} COMMAND test_${module}_${name}
      WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    fettle_label(${module}.${name} 600)
  endforeach()
  file(GLOB scripts CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/${module}/test_*.sh)
  foreach(script ${scripts})
    get_filename_component(name ${script} NAME_WE)
    string(REGEX REPLACE "^test_" "" name ${name})
    add_test(NAME ${module}.${name} COMMAND bash ${script} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_tests_properties(${module}.${name} PROPERTIES ENVIRONMENT
      "FETTLE=$<TARGET_FILE:fettle>;INJECT_SO=$<TARGET_FILE:inject>;POWER_CUT=$<TARGET_FILE:power_cut>;HUB_SERVER=$<TARGET_FILE:hub_server>")
    fettle_label(${module}.${name} 900)
  endforeach()
endfunction()

# Faults that are injected into the program: see tests/inject.
add_library(inject MODULE ${CMAKE_SOURCE_DIR}/tests/inject/inject.c)
target_link_libraries(inject PRIVATE ${CMAKE_DL_LIBS} Threads::Threads)
target_compile_options(inject PRIVATE -Wall -Wextra -Wshadow -Wconversion -Werror)
target_compile_definitions(inject PRIVATE _GNU_SOURCE)
add_executable(power_cut ${CMAKE_SOURCE_DIR}/tests/inject/power_cut.c)
target_link_libraries(power_cut PRIVATE fettle_flags)
# A hub for the tests of pull: see tests/hub.
add_executable(hub_server ${CMAKE_SOURCE_DIR}/tests/hub/hub_server.c)
target_link_libraries(hub_server PRIVATE fettle_flags ft_util PkgConfig::ZLIB Threads::Threads)

fettle_tests(util ft_util)
fettle_tests(core ft_core ft_data ft_util)
fettle_tests(data ft_data ft_util)
fettle_tests(engine ft_engine_present ft_core ft_data ft_util)
fettle_tests(ui ft_ui_screens ft_engine_present ft_util Threads::Threads PkgConfig::NCURSES)
fettle_tests(cli ft_cli ft_util)

# What is written from the program's tables (docs/fettle.1, completion, keys.md) is up to date.
add_executable(gen_docs ${CMAKE_SOURCE_DIR}/tools/gen_docs.c)
target_link_libraries(gen_docs PRIVATE fettle_flags ft_cli ft_ui_screens ft_engine_present ft_util)
add_test(NAME docs.generated COMMAND gen_docs ${CMAKE_SOURCE_DIR}/docs)
fettle_label(docs.generated 60)
