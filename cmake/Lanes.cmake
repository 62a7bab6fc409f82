# kinesis_lanes_<name>: the lanes' kernel, one shared library for each set of instructions, opened at
# run time by the one that suits the processor. Each is on its own, all but its door hidden: what
# several of them define alike may then be compiled for other instructions in each.
#
# DrJit's headers come from the `drjit` package of the Python that builds the extension. Without
# it, or with a compiler that is not known to get them right, there are no lanes.
execute_process(
  COMMAND ${Python_EXECUTABLE} -c
    "import importlib.util as u; print(u.find_spec('drjit').submodule_search_locations[0])"
  OUTPUT_VARIABLE drjit_folder
  RESULT_VARIABLE drjit_missing
  OUTPUT_STRIP_TRAILING_WHITESPACE
  ERROR_QUIET
)

file(GLOB KINESIS_LANE_SOURCES CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR}
  cpp/kinesis/lanes/kernel/*.cpp)
set(KINESIS_LANE_LIBRARIES "")
set(KINESIS_LANES "avx512;avx2;baseline" CACHE STRING
  "Sets of instructions for which the lanes' kernel is compiled")

function(kinesis_add_lanes name width)
  if(NOT name IN_LIST KINESIS_LANES)
    return()
  endif()
  set(target kinesis_lanes_${name})
  add_library(${target} MODULE ${KINESIS_LANE_SOURCES})
  target_include_directories(${target} PRIVATE cpp)
  target_include_directories(${target} SYSTEM PRIVATE
    "${drjit_folder}/include" $<TARGET_PROPERTY:mujoco::mujoco,INTERFACE_INCLUDE_DIRECTORIES>)
  target_compile_definitions(${target} PRIVATE KINESIS_LANES_WIDTH=${width})
  if(MSVC)
    target_compile_options(${target} PRIVATE ${ARGN} /fp:contract)
  else()
    # GCC takes what its own headers leave undefined on purpose for a mistake.
    target_compile_options(${target} PRIVATE ${ARGN} -ffp-contract=fast -fno-math-errno
      -fno-trapping-math -Wno-uninitialized -Wno-maybe-uninitialized)
  endif()
  set(suffix ".so")
  if(WIN32)
    set(suffix ".dll")
  endif()
  set_target_properties(${target} PROPERTIES PREFIX "" LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}
    SUFFIX "${suffix}")
  install(TARGETS ${target} LIBRARY DESTINATION kinesis_fast)
  set(KINESIS_LANE_LIBRARIES ${KINESIS_LANE_LIBRARIES} ${target} PARENT_SCOPE)
endfunction()

if(drjit_missing)
  message(WARNING "The Python package `drjit` is missing from ${Python_EXECUTABLE}: no lanes")
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64" AND NOT CMAKE_OSX_ARCHITECTURES MATCHES "arm64")
  if(MSVC)
    kinesis_add_lanes(avx512 16 /arch:AVX512)
    kinesis_add_lanes(avx2 8 /arch:AVX2)
    kinesis_add_lanes(baseline 4 /arch:AVX)
  else()
    kinesis_add_lanes(avx512 16 -mavx512f -mavx512cd -mavx512dq -mavx512vl -mavx512bw -mfma -mf16c
      -mprefer-vector-width=512)
    kinesis_add_lanes(avx2 8 -mavx2 -mfma -mf16c)
    kinesis_add_lanes(baseline 4 -mavx)  # as MuJoCo's own library, which needs AVX
  endif()
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64|ARM64" OR CMAKE_OSX_ARCHITECTURES MATCHES "arm64")
  kinesis_add_lanes(baseline 4)
endif()
