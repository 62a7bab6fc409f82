# Defines mujoco::mujoco from the `mujoco` package of the Python that builds the extension, and
# MUJOCO_VERSION, its version.
execute_process(
  COMMAND ${Python_EXECUTABLE} -c
    "import importlib.metadata as m, importlib.util as u; print(m.version('mujoco')); print(u.find_spec('mujoco').submodule_search_locations[0])"
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

if(APPLE)
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
message(STATUS "MuJoCo ${MUJOCO_VERSION} from ${mujoco_folder}")
