# Every dependency is a distribution package; a missing one is named with what to install.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

macro(fettle_package prefix module package)
  pkg_check_modules(${prefix} IMPORTED_TARGET ${module})
  if(NOT ${prefix}_FOUND)
    message(FATAL_ERROR "${module} is missing: apt-get install ${package}")
  endif()
endmacro()

fettle_package(CJSON libcjson libcjson-dev)
fettle_package(UTF8PROC libutf8proc libutf8proc-dev)
fettle_package(OPENBLAS openblas libopenblas-openmp-dev)
fettle_package(NCURSES ncursesw libncurses-dev)
fettle_package(LZMA liblzma liblzma-dev)
fettle_package(ZLIB zlib zlib1g-dev)
fettle_package(CRYPTO libcrypto libssl-dev)
fettle_package(CURL libcurl libcurl4-openssl-dev)

# The OpenMP runtime below libopenblas-openmp, told to use one thread a product (core/blas.c, core/onednn.c).
find_library(FETTLE_GOMP_SO NAMES libgomp.so.1 gomp)
if(NOT FETTLE_GOMP_SO)
  message(FATAL_ERROR "libgomp is missing: apt-get install libgomp1")
endif()
set(FETTLE_GOMP ${FETTLE_GOMP_SO})

# Optional: oneDNN, a second library of matrix products (core/onednn.h), opened when it is used.
option(FETTLE_ONEDNN "Use oneDNN where it is installed (libdnnl-dev)" ON)
unset(FETTLE_ONEDNN_INCLUDE)
if(FETTLE_ONEDNN)
  find_path(FETTLE_ONEDNN_HEADERS dnnl.h)
  if(FETTLE_ONEDNN_HEADERS)
    set(FETTLE_ONEDNN_INCLUDE ${FETTLE_ONEDNN_HEADERS})
  endif()
endif()

# Optional: MPI, for training on several machines (core/comm_mpi.c), opened when mpirun started the program.
set(FETTLE_MPI "AUTO" CACHE STRING "Training over MPI (libopenmpi-dev or libmpich-dev): AUTO, ON or OFF")
set_property(CACHE FETTLE_MPI PROPERTY STRINGS AUTO ON OFF)
unset(FETTLE_MPI_INCLUDE)
if(NOT FETTLE_MPI STREQUAL "OFF")
  find_path(FETTLE_MPI_HEADERS mpi.h PATH_SUFFIXES mpi openmpi mpich
    PATHS /usr/include/${CMAKE_C_LIBRARY_ARCHITECTURE} /usr/lib/${CMAKE_C_LIBRARY_ARCHITECTURE}/openmpi/include)
  if(FETTLE_MPI_HEADERS)
    set(FETTLE_MPI_INCLUDE ${FETTLE_MPI_HEADERS})
  elseif(FETTLE_MPI STREQUAL "ON")
    message(FATAL_ERROR "mpi.h is missing: apt-get install libopenmpi-dev")
  endif()
endif()
