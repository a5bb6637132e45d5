# Where speed does not matter (tests, what runs once a command) a release is built in two thirds of the time at -O1.
function(matinee_build_quickly target)
    target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
endfunction()

# For rooms that do a few hundred instructions a request, over and over:
# - Neighbouring members are not combined into vectors: a load of what was just stored in parts waits until all of it has
#   left the processor's stores. Nor are loops: theirs are short.
# - More is inlined than g++ does of itself, because what one request runs through is called from few places.
function(matinee_runs_hot target)
    target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-fno-tree-slp-vectorize;-fno-tree-vectorize>)
    target_compile_options(${target} PRIVATE $<$<AND:$<CONFIG:Release>,$<CXX_COMPILER_ID:GNU>>:
        --param=max-inline-insns-auto=80;--param=max-inline-insns-single=400;--param=inline-unit-growth=200>)
endfunction()

# matinee_precompiled(NAME HEADER library...): a header that is compiled once, with what it needs, and read by the targets
# of which matinee_reads_precompiled says so, whichever -O they have.
option(MATINEE_PRECOMPILE "compile common headers once for all rooms, and once for all tests" ON)
function(matinee_precompiled name header)
    if(MATINEE_PRECOMPILE)
        set(empty ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp)
        file(CONFIGURE OUTPUT ${empty} CONTENT "")
        add_library(${name} OBJECT EXCLUDE_FROM_ALL ${empty})
        target_precompile_headers(${name} PRIVATE ${header})
        target_link_libraries(${name} PRIVATE ${ARGN})
    endif()
endfunction()
function(matinee_reads_precompiled target precompiled)
    if(MATINEE_PRECOMPILE)
        target_precompile_headers(${target} REUSE_FROM ${precompiled})
        # From a precompiled header g++ forgets that the library's headers silence these where they are wrong.
        target_compile_options(${target} PRIVATE
            $<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overflow;-Wno-stringop-overread;-Wno-array-bounds>)
    endif()
endfunction()
matinee_precompiled(precompiled ${CMAKE_CURRENT_LIST_DIR}/precompiled.hpp)

# matinee_room(NAME FOLDER DEPENDS room...): the .cpp files of one folder (not of folders below it) become library NAME.
# The rooms so declared are what the tests of the laws look at (tests/laws).
function(matinee_room name folder)
    cmake_parse_arguments(ROOM "" "" "DEPENDS;SOURCES" ${ARGN})
    file(GLOB sources CONFIGURE_DEPENDS ${folder}/*.cpp)
    list(APPEND sources ${ROOM_SOURCES})
    if(sources)
        add_library(${name} STATIC ${sources})
        target_link_libraries(${name} PUBLIC ${ROOM_DEPENDS})
        matinee_reads_precompiled(${name} precompiled)
        file(RELATIVE_PATH path ${CMAKE_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR}/${folder})
        string(REGEX REPLACE "/\\.?$" "" path ${path})
        set_property(GLOBAL APPEND PROPERTY MATINEE_ROOMS ${name})
        set_property(GLOBAL APPEND PROPERTY MATINEE_ARCHIVES "${path}=$<TARGET_FILE:${name}>")
    else()  # a room of headers only
        add_library(${name} INTERFACE)
        target_link_libraries(${name} INTERFACE ${ROOM_DEPENDS})
    endif()
endfunction()
