# Defines mujoco::mujoco from the `mujoco` package of the Python that builds the extension, and
# MUJOCO_VERSION, its version: of `mujoco-core`, which has library and headers from MuJoCo 4 on, or
# of `mujoco`.
execute_process(
  COMMAND ${Python_EXECUTABLE} -c
    "import importlib.metadata as m, importlib.util as u; has = {d.name: d.version for d in m.distributions()}; print(has.get('mujoco-core') or has['mujoco']); print(u.find_spec('mujoco').submodule_search_locations[0])"
  OUTPUT_VARIABLE mujoco_wheel
  RESULT_VARIABLE mujoco_missing
  OUTPUT_STRIP_TRAILING_WHITESPACE
)
if(mujoco_missing)
  message(FATAL_ERROR "The Python package `mujoco` is missing from ${Python_EXECUTABLE}; "
                      "install the version that pyproject.toml pins.")
endif()
string(REPLACE "\n" ";" mujoco_wheel "${mujoco_wheel}")
list(GET mujoco_wheel 0 MUJOCO_VERSION)
list(GET mujoco_wheel 1 mujoco_folder)

if(WIN32)
  set(mujoco_library "${mujoco_folder}/mujoco.dll")
elseif(APPLE)
  set(mujoco_library "${mujoco_folder}/libmujoco.${MUJOCO_VERSION}.dylib")
else()
  set(mujoco_library "${mujoco_folder}/libmujoco.so.${MUJOCO_VERSION}")
endif()
if(NOT EXISTS "${mujoco_library}")
  message(FATAL_ERROR "The mujoco wheel in ${mujoco_folder} has no ${mujoco_library}")
endif()

add_library(mujoco::mujoco SHARED IMPORTED)
set_target_properties(mujoco::mujoco PROPERTIES
  IMPORTED_LOCATION "${mujoco_library}"
  INTERFACE_INCLUDE_DIRECTORIES "${mujoco_folder}/include"
)
if(WIN32)
  # The wheel has no import library (MuJoCo issue 2468): it is made of what the DLL exports.
  get_filename_component(msvc_tools "${CMAKE_LINKER}" DIRECTORY)
  set(import_library "${CMAKE_CURRENT_BINARY_DIR}/mujoco.lib")
  execute_process(
    COMMAND "${msvc_tools}/dumpbin.exe" /nologo /exports "${mujoco_library}"
    OUTPUT_VARIABLE mujoco_exports
    COMMAND_ERROR_IS_FATAL ANY
  )
  string(REGEX MATCHALL "mj[A-Za-z0-9_]+" mujoco_names "${mujoco_exports}")
  list(REMOVE_DUPLICATES mujoco_names)
  list(JOIN mujoco_names "\n" mujoco_names)
  file(WRITE "${import_library}.def" "LIBRARY mujoco.dll\nEXPORTS\n${mujoco_names}\n")
  execute_process(
    COMMAND "${msvc_tools}/lib.exe" /nologo /machine:x64 "/def:${import_library}.def"
            "/out:${import_library}"
    COMMAND_ERROR_IS_FATAL ANY
  )
  set_target_properties(mujoco::mujoco PROPERTIES IMPORTED_IMPLIB "${import_library}")
endif()
message(STATUS "MuJoCo ${MUJOCO_VERSION} from ${mujoco_folder}")
