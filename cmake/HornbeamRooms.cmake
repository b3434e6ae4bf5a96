# One static library per room of docs/design.md, and the lists the build generates from folders.

find_program(HB_CCACHE ccache)
if(HB_CCACHE)
  # The sloppiness is what ccache asks for where headers are precompiled.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${HB_CCACHE})
endif()
find_program(HB_MOLD mold)
if(HB_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

add_library(hb_options INTERFACE)
target_compile_options(hb_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -fno-math-errno)
# Where the numbers are computed keeps Release's -O3; elsewhere it would cost a fifth of the build and gain nothing. Tests
# run for seconds and are a third of what is compiled: they are not optimised.
target_compile_options(hb_options INTERFACE $<$<AND:$<CONFIG:Release>,$<NOT:$<BOOL:$<TARGET_PROPERTY:HB_HOT>>>>:-O2>
                                            $<$<AND:$<CONFIG:Release>,$<BOOL:$<TARGET_PROPERTY:HB_COLD>>>:-O0>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC bug 105651: "a" + std::to_string(n) is warned about, with precompiled headers under other names.
  target_compile_options(hb_options INTERFACE -Wno-restrict -Wno-stringop-overflow -Wno-array-bounds)
endif()
if(HORNBEAM_SANITIZE)
  string(REPLACE ";" "," _sanitizers "${HORNBEAM_SANITIZE}")
  add_compile_options(-fsanitize=${_sanitizers} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${_sanitizers})
  add_compile_definitions(_GLIBCXX_ASSERTIONS HORNBEAM_ONE_SIMD_TARGET)
endif()

# The standard headers that nearly every file includes, precompiled: parsing them is a third of a cold build. Files still
# include what they use; the preset `clang` builds without this.
option(HORNBEAM_PCH "Precompile the standard headers" ON)
function(hb_precompile target)  # further headers after it
  if(HORNBEAM_PCH)
    target_precompile_headers(${target} PRIVATE <algorithm> <array> <cmath> <cstdint> <cstring> <functional> <map> <memory>
                              <optional> <set> <span> <stdexcept> <string> <string_view> <utility> <variant> <vector>
                              ${ARGN})
    if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
      target_compile_options(${target} PRIVATE "SHELL:-Xclang -fno-pch-timestamp")  # ccache compares contents
    endif()
  endif()
endfunction()

# hb_room(NAME DEPS lib... [REGISTRY folder] [HOT]): library hb_NAME from src/NAME/**.cpp.
# REGISTRY: each .cpp of that folder that says HB_REGISTER(stem) is called once, in order of its name, by a generated
# register_all() (a static registrar inside a static library would be dropped by the linker).
function(hb_room name)
  cmake_parse_arguments(ARG "HOT" "REGISTRY" "DEPS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "\\.inl\\.cpp$")
  if(ARG_REGISTRY)
    hb_generate_registry(${name} ${ARG_REGISTRY} generated)
    list(APPEND sources ${generated})
  endif()
  if(NOT sources)
    add_library(hb_${name} INTERFACE)
    set(kind INTERFACE)
  else()
    add_library(hb_${name} STATIC ${sources})
    set(kind PUBLIC)
    target_link_libraries(hb_${name} PRIVATE hb_options)
    set_property(TARGET hb_${name} PROPERTY HB_HOT ${ARG_HOT})
    hb_precompile(hb_${name})
    if(HORNBEAM_SANITIZE)
      hb_spare_kernels(${sources})
    endif()
  endif()
  target_include_directories(hb_${name} ${kind} ${CMAKE_SOURCE_DIR}/include ${CMAKE_SOURCE_DIR}/src)
  foreach(dep ${ARG_DEPS})
    if(dep MATCHES "^[a-z]+$")
      target_link_libraries(hb_${name} ${kind} hb_${dep})
    else()
      target_link_libraries(hb_${name} ${kind} ${dep})
    endif()
  endforeach()
endfunction()

# Vectors under UBSan cost minutes of compiling: what it would check of them are loads and stores, which ASan checks.
function(hb_spare_kernels)
  foreach(source ${ARGN})
    file(STRINGS ${source} simd REGEX "hwy/foreach_target.h")
    if(simd)
      set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS -fno-sanitize=undefined)
    endif()
  endforeach()
endfunction()

function(hb_generate_registry room folder out)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${folder}/*.cpp)
  list(SORT files)
  set(declarations "")
  set(calls "")
  foreach(file ${files})
    file(STRINGS ${file} lines REGEX "^HB_REGISTER\\(")
    foreach(line ${lines})
      string(REGEX REPLACE "^HB_REGISTER\\(([a-z0-9_]+)\\).*" "\\1" stem "${line}")
      string(APPEND declarations "void register_${stem}();\n")
      string(APPEND calls "  register_${stem}();\n")
    endforeach()
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  endforeach()
  set(generated ${CMAKE_BINARY_DIR}/generated/register_all_${room}.cpp)
  file(CONFIGURE OUTPUT ${generated} CONTENT
    "// Generated from the files of src/${folder}.\nnamespace hornbeam::registry {\n${declarations}void register_all_${room}() {\n${calls}}\n}  // namespace hornbeam::registry\n" @ONLY)
  set(${out} ${generated} PARENT_SCOPE)
endfunction()

function(hb_executable name)
  file(GLOB sources CONFIGURE_DEPENDS ${ARGN})
  if(NOT sources)
    set(sources ${ARGN})
  endif()
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE hb_options hb_keras)
  hb_precompile(${name})
endfunction()
