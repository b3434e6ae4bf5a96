# One static library per room of docs/design.md, and the lists the build generates from folders.

find_program(HB_CCACHE ccache)
if(HB_CCACHE)
  # The sloppiness is what ccache asks for where headers are precompiled. Comments count: a precompiled header holds the sums
  # of its files, and one of another file, if by a comment alone, would have that file included twice.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros
      CCACHE_COMMENTS=1 ${HB_CCACHE})
endif()
find_program(HB_MOLD mold)
if(HB_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

add_library(hb_options INTERFACE)
# In the build of somebody's, whose compiler may be a newer one, warnings are warnings.
target_compile_options(hb_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
                                            $<$<BOOL:${PROJECT_IS_TOP_LEVEL}>:-Werror> -fno-math-errno)
# Kernels (HOT folders) keep Release's -O3; elsewhere it would cost a fifth of the build and gain nothing. Tests run for
# seconds and are a third of what is compiled: they are not optimised. LEAN rooms run once per model, not per number.
target_compile_options(hb_options INTERFACE $<$<CONFIG:Release>:-O2>
                                            $<$<AND:$<CONFIG:Release>,$<BOOL:$<TARGET_PROPERTY:HB_LEAN>>>:-O1>
                                            $<$<AND:$<CONFIG:Release>,$<BOOL:$<TARGET_PROPERTY:HB_COLD>>>:-O0>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC bug 105651: "a" + std::to_string(n) is warned about, with precompiled headers under other names.
  target_compile_options(hb_options INTERFACE -Wno-restrict -Wno-stringop-overflow -Wno-array-bounds)
  # Variants that are moved from are taken for uninitialised at -O1.
  target_compile_options(hb_options INTERFACE $<$<BOOL:$<TARGET_PROPERTY:HB_LEAN>>:-Wno-maybe-uninitialized>)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # The compiler tidies its memory later: a twentieth of its time for a third more of memory.
  target_compile_options(hb_options INTERFACE "SHELL:--param ggc-min-expand=1000" "SHELL:--param ggc-min-heapsize=1000000")
endif()
if(HORNBEAM_SANITIZE)
  string(REPLACE ";" "," _sanitizers "${HORNBEAM_SANITIZE}")
  add_compile_options(-fsanitize=${_sanitizers} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${_sanitizers})
  add_compile_definitions(_GLIBCXX_ASSERTIONS HORNBEAM_ONE_SIMD_TARGET)
endif()

# The standard headers that nearly every file includes, precompiled: parsing them is a third of a cold build. Files still
# include what they use; the preset `clang` builds without this. Targets of one `kind` are compiled with the same options
# and share the first one's.
option(HORNBEAM_PCH "Precompile the standard headers" ON)
function(hb_precompile target kind)  # further headers after it
  if(NOT HORNBEAM_PCH)
    return()
  endif()
  get_property(first GLOBAL PROPERTY HB_PRECOMPILED_${kind})
  if(first)
    target_precompile_headers(${target} REUSE_FROM ${first})
  else()
    target_precompile_headers(${target} PRIVATE <algorithm> <array> <cmath> <cstdint> <cstring> <functional> <map> <memory>
                              <optional> <set> <span> <stdexcept> <string> <string_view> <utility> <variant> <vector>
                              ${ARGN})
    set_property(GLOBAL PROPERTY HB_PRECOMPILED_${kind} ${target})
  endif()
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    target_compile_options(${target} PRIVATE "SHELL:-Xclang -fno-pch-timestamp")  # ccache compares contents
  endif()
endfunction()

# Is it a file that Highway compiles once for each instruction set?
function(hb_is_simd source out)
  file(STRINGS ${source} found REGEX "hwy/foreach_target.h")
  set(${out} "${found}" PARENT_SCOPE)
endfunction()

# Files of a folder compiled a few at a time: what a small file costs is the templates it shares with its neighbours. A file's
# group follows from its name, and there are 1, 2, 4 ... groups, so that a new file changes one group. SIMD files include
# themselves and stay alone; the presets `debug` and `clang` compile every file by itself. (CMake's own UNITY_BUILD writes
# the checkout's path into each group, which no compiler cache shares.)
option(HORNBEAM_UNITY "Compile the files of a folder in groups" ON)
set(HB_GROUP_SIZE 16)
function(hb_group_sources variable)  # replaces the list of sources by a list of groups
  if(NOT HORNBEAM_UNITY)
    return()
  endif()
  set(result "")
  set(folders "")
  foreach(source ${${variable}})
    hb_is_simd(${source} simd)
    if(simd)
      list(APPEND result ${source})
    else()
      cmake_path(GET source PARENT_PATH folder)
      cmake_path(RELATIVE_PATH folder BASE_DIRECTORY ${PROJECT_SOURCE_DIR})
      string(REGEX REPLACE "^src/" "" folder "${folder}")
      string(MAKE_C_IDENTIFIER "${folder}" folder)
      if(NOT folder IN_LIST folders)
        list(APPEND folders ${folder})
        set(in_${folder} "")
      endif()
      list(APPEND in_${folder} ${source})
    endif()
  endforeach()
  foreach(folder ${folders})
    list(LENGTH in_${folder} count)
    set(groups 1)
    set(room_for ${HB_GROUP_SIZE})
    while(room_for LESS count)
      math(EXPR groups "2 * ${groups}")
      math(EXPR room_for "2 * ${room_for}")
    endwhile()
    math(EXPR last "${groups} - 1")
    foreach(source ${in_${folder}})
      cmake_path(GET source FILENAME name)
      string(MD5 hash ${name})
      string(SUBSTRING ${hash} 0 6 hash)
      math(EXPR group "0x${hash} % ${groups}")
      string(APPEND group_${group} "#include \"${source}\"\n")
    endforeach()
    foreach(group RANGE ${last})
      if(group_${group})
        set(file ${PROJECT_BINARY_DIR}/generated/groups/${folder}_${group}.cpp)
        file(CONFIGURE OUTPUT ${file} CONTENT "${group_${group}}" @ONLY)
        list(APPEND result ${file})
        unset(group_${group})
      endif()
    endforeach()
  endforeach()
  set(${variable} ${result} PARENT_SCOPE)
endfunction()

# hb_room(NAME DEPS lib... [REGISTRY folder] [HOT folder...] [LEAN] [PRECOMPILED header...]): library hb_NAME from
# src/NAME/**.cpp.
# REGISTRY: each .cpp of that folder that says HB_REGISTER(stem) is called once, in order of its name, by a generated
# register_all() (a static registrar inside a static library would be dropped by the linker). PRECOMPILED: what nearly every
# file of the room includes, beside the standard headers. Rooms without it share one.
function(hb_room name)
  cmake_parse_arguments(ARG "LEAN" "REGISTRY" "DEPS;HOT;PRECOMPILED" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "\\.inl\\.cpp$")
  set(compiled ${sources})
  if(sources)
    hb_group_sources(compiled)
  endif()
  if(ARG_REGISTRY)
    hb_generate_registry(${name} ${ARG_REGISTRY} generated)
    list(APPEND compiled ${generated})
  endif()
  if(NOT compiled)
    add_library(hb_${name} INTERFACE)
    set(kind INTERFACE)
  else()
    add_library(hb_${name} STATIC ${compiled})
    set(kind PUBLIC)
    target_link_libraries(hb_${name} PRIVATE hb_options)
    foreach(folder ${ARG_HOT})
      string(MAKE_C_IDENTIFIER "${folder}" group)
      foreach(source ${compiled})
        if(source MATCHES "/src/${folder}/|/groups/${group}_[0-9]+\\.cpp$")
          set_property(SOURCE ${source} APPEND PROPERTY COMPILE_OPTIONS $<$<CONFIG:Release>:-O3>)
        endif()
      endforeach()
    endforeach()
    set_target_properties(hb_${name} PROPERTIES HB_LEAN ${ARG_LEAN})
    if(ARG_LEAN OR ARG_PRECOMPILED)
      hb_precompile(hb_${name} ${name} ${ARG_PRECOMPILED})
    else()
      hb_precompile(hb_${name} room)
    endif()
    if(HORNBEAM_SANITIZE)
      hb_spare_kernels(${sources})
    endif()
  endif()
  target_include_directories(hb_${name} ${kind} $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
                             $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src>)
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
    hb_is_simd(${source} simd)
    if(simd)
      set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS -fno-sanitize=undefined)
    endif()
  endforeach()
endfunction()

function(hb_generate_registry room folder out)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${folder}/*.cpp)
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
  set(generated ${PROJECT_BINARY_DIR}/generated/register_all_${room}.cpp)
  file(CONFIGURE OUTPUT ${generated} CONTENT
    "// Generated from the files of src/${folder}.\nnamespace hornbeam::registry {\n${declarations}void register_all_${room}() {\n${calls}}\n}  // namespace hornbeam::registry\n" @ONLY)
  set(${out} ${generated} PARENT_SCOPE)
endfunction()

# Allocations of this program are counted (tests/memory/counting_new.h).
function(hb_count_allocations target)
  target_sources(${target} PRIVATE ${PROJECT_SOURCE_DIR}/tests/memory/counting_new.cpp)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
endfunction()

# Library hb_protos from proto/*.proto. They are known as hornbeam_proto/NAME.proto, in their includes too: a process that
# has TensorFlow's as well has two names.
function(hb_protos)
  file(GLOB protos CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/proto/*.proto)
  set(out ${PROJECT_BINARY_DIR}/generated)
  file(MAKE_DIRECTORY ${out})
  foreach(proto ${protos})
    get_filename_component(stem ${proto} NAME_WE)
    set(made ${out}/hornbeam_proto/${stem}.pb.cc ${out}/hornbeam_proto/${stem}.pb.h)
    add_custom_command(OUTPUT ${made} DEPENDS ${protos}
                       COMMAND protobuf::protoc -Ihornbeam_proto=${PROJECT_SOURCE_DIR}/proto --cpp_out=${out}
                               hornbeam_proto/${stem}.proto)
    list(APPEND sources ${made})
    string(APPEND group "#include \"hornbeam_proto/${stem}.pb.cc\"\n")
  endforeach()
  if(HORNBEAM_UNITY)  # nearly all that one of them costs is protobuf's headers
    set_source_files_properties(${sources} PROPERTIES HEADER_FILE_ONLY ON)
    file(CONFIGURE OUTPUT ${out}/groups/protos.cpp CONTENT "${group}" @ONLY)
    list(APPEND sources ${out}/groups/protos.cpp)
  endif()
  add_library(hb_protos STATIC ${sources})
  target_include_directories(hb_protos SYSTEM PUBLIC $<BUILD_INTERFACE:${out}>)
  target_link_libraries(hb_protos PUBLIC protobuf::libprotobuf)
endfunction()

function(hb_executable name)
  file(GLOB sources CONFIGURE_DEPENDS ${ARGN})
  if(NOT sources)
    set(sources ${ARGN})
  endif()
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE hb_options hb_keras)
  hb_precompile(${name} program)
endfunction()
