# `cmake --install`: the tool, the libraries, the public headers, and what find_package(hornbeam) looks for.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

function(hb_install)
  set_target_properties(hornbeam_lib PROPERTIES EXPORT_NAME hornbeam)
  install(TARGETS hornbeam_lib hb_keras hb_track hb_graph hb_formats hb_protos hb_ops hb_tensor hb_base hb_options
          EXPORT hornbeam-targets INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/hornbeam DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  install(TARGETS hornbeam)
  set(folder ${CMAKE_INSTALL_LIBDIR}/cmake/hornbeam)
  install(EXPORT hornbeam-targets NAMESPACE hornbeam:: DESTINATION ${folder})
  set(made ${PROJECT_BINARY_DIR}/generated/cmake)
  write_basic_package_version_file(${made}/hornbeam-config-version.cmake COMPATIBILITY SameMinorVersion)
  file(CONFIGURE OUTPUT ${made}/hornbeam-config.cmake @ONLY CONTENT [[
include(CMakeFindDependencyMacro)
find_dependency(Threads)
find_dependency(fmt)
find_dependency(nlohmann_json)
find_dependency(Protobuf)
include(${CMAKE_CURRENT_LIST_DIR}/hornbeam-targets.cmake)
]])
  install(FILES ${made}/hornbeam-config.cmake ${made}/hornbeam-config-version.cmake DESTINATION ${folder})
endfunction()
