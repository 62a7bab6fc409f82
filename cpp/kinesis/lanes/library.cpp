#include "kinesis/lanes/library.hpp"

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#if defined(_WIN32)
#define NOMINMAX
#include <windows.h>
#else
#include <dlfcn.h>
#endif

namespace kinesis {
namespace {

using Door = const LaneKernel* (*)();

constexpr const char* kDoor = "kinesis_lane_kernel";

#if defined(_WIN32)
constexpr const char* kSuffix = ".dll";

std::filesystem::path own_folder() {
  HMODULE self = nullptr;
  GetModuleHandleExW(
      GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
      reinterpret_cast<LPCWSTR>(&own_folder), &self);
  wchar_t path[32768];
  GetModuleFileNameW(self, path, 32768);
  return std::filesystem::path(path).parent_path();
}

Door open_door(const std::string& file, std::string* error) {
  HMODULE library = LoadLibraryW(std::filesystem::path(file).wstring().c_str());
  if (library == nullptr) {
    *error = "error " + std::to_string(GetLastError());
    return nullptr;
  }
  return reinterpret_cast<Door>(GetProcAddress(library, kDoor));
}
#else
constexpr const char* kSuffix = ".so";

std::filesystem::path own_folder() {
  Dl_info info{};
  dladdr(reinterpret_cast<void*>(&own_folder), &info);
  return std::filesystem::absolute(info.dli_fname == nullptr ? "." : info.dli_fname).parent_path();
}

Door open_door(const std::string& file, std::string* error) {
  void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    *error = dlerror();
    return nullptr;
  }
  return reinterpret_cast<Door>(dlsym(library, kDoor));
}
#endif

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
bool has_avx512() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("fma");
}
bool has_avx2() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
#elif defined(_M_X64)
bool has_avx512() { return IsProcessorFeaturePresent(PF_AVX512F_INSTRUCTIONS_AVAILABLE) != 0; }
bool has_avx2() { return IsProcessorFeaturePresent(PF_AVX2_INSTRUCTIONS_AVAILABLE) != 0; }
#else
bool has_avx512() { return false; }
bool has_avx2() { return false; }
#endif

std::vector<LaneLibrary> list_libraries() {
  std::vector<LaneLibrary> found = {
      {"avx512", 16, has_avx512(), ""}, {"avx2", 8, has_avx2(), ""}, {"baseline", 4, true, ""}};
  for (LaneLibrary& one : found) {
    one.file = (own_folder() / ("kinesis_lanes_" + one.name + kSuffix)).string();
  }
  std::erase_if(found, [](const auto& one) { return !std::filesystem::exists(one.file); });
  return found;
}

std::string names() {
  std::string all;
  for (const LaneLibrary& one : lane_libraries()) {
    all += (all.empty() ? "" : ", ") + one.name + " (" + std::to_string(one.width) + ")" +
           (one.runs_here ? "" : ", not on this processor");
  }
  return all.empty() ? "none" : all;
}

const LaneLibrary& choose() {
  const char* wanted = std::getenv("KINESIS_FAST_LANES");
  const bool any = wanted == nullptr || *wanted == '\0';
  for (const LaneLibrary& one : lane_libraries()) {
    if (any ? one.runs_here : one.name == wanted || std::to_string(one.width) == wanted) {
      if (!one.runs_here) {
        throw std::runtime_error("KINESIS_FAST_LANES is '" + std::string(wanted) +
                                 "', which this processor does not have; here are " + names());
      }
      return one;
    }
  }
  if (any) {
    throw std::runtime_error("this build has no lanes; choose physics 'fused'");
  }
  throw std::runtime_error("KINESIS_FAST_LANES is '" + std::string(wanted) + "'; here are " +
                           names());
}

const LaneKernel& load(const LaneLibrary& library) {
  std::string error = "no door";
  const Door door = open_door(library.file, &error);
  const LaneKernel* kernel = door == nullptr ? nullptr : door();
  if (kernel == nullptr) {
    throw std::runtime_error("lanes cannot be loaded from " + library.file + ": " + error +
                             "; install the package again, or choose physics 'fused'");
  }
  if (kernel->version != kLaneKernelVersion) {
    throw std::runtime_error(library.file + " is of another version; install the package again");
  }
  return *kernel;
}

}  // namespace

const std::vector<LaneLibrary>& lane_libraries() {
  static const std::vector<LaneLibrary> libraries = list_libraries();
  return libraries;
}

const LaneLibrary& lane_library() {
  static const LaneLibrary& chosen = choose();
  return chosen;
}

const LaneKernel& lane_kernel() {
  static const LaneKernel& kernel = load(lane_library());
  return kernel;
}

}  // namespace kinesis
