# Where speed does not matter (tests, what runs once a command) a release is built in two thirds of the time at -O1.
function(matinee_build_quickly target)
    target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
endfunction()

# matinee_room(NAME FOLDER DEPENDS room...): the .cpp files of one folder (not of folders below it) become library NAME.
# The rooms so declared are what the tests of the laws look at (tests/laws).
function(matinee_room name folder)
    cmake_parse_arguments(ROOM "" "" "DEPENDS;SOURCES" ${ARGN})
    file(GLOB sources CONFIGURE_DEPENDS ${folder}/*.cpp)
    list(APPEND sources ${ROOM_SOURCES})
    if(sources)
        add_library(${name} STATIC ${sources})
        target_link_libraries(${name} PUBLIC ${ROOM_DEPENDS})
        file(RELATIVE_PATH path ${CMAKE_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR}/${folder})
        string(REGEX REPLACE "/\\.?$" "" path ${path})
        set_property(GLOBAL APPEND PROPERTY MATINEE_ROOMS ${name})
        set_property(GLOBAL APPEND PROPERTY MATINEE_ARCHIVES "${path}=$<TARGET_FILE:${name}>")
    else()  # a room of headers only
        add_library(${name} INTERFACE)
        target_link_libraries(${name} INTERFACE ${ROOM_DEPENDS})
    endif()
endfunction()
