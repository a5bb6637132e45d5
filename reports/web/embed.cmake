# cmake -DOUTPUT=file.cpp -DNAMES="kA;kB" -DFILES="a.css;b.js" -P embed.cmake
# Writes the files as C++ strings. Raw literals in pieces, because compilers limit the length of one.
set(text "// Made by reports/web/embed.cmake.\n#include \"reports/web_assets.hpp\"\n\nnamespace matinee::reports {\n\n")
foreach(name file IN ZIP_LISTS NAMES FILES)
    file(READ "${file}" bytes)
    # A browser would look for the map beside the report.
    string(REGEX REPLACE "\n(//|/\\*)# sourceMappingURL=[^\n]*" "" bytes "${bytes}")
    string(LENGTH "${bytes}" length)
    string(APPEND text "const std::string_view ${name} =")
    set(at 0)
    while(at LESS length)
        string(SUBSTRING "${bytes}" ${at} 12000 piece)
        string(APPEND text "\n    R\"matinee(${piece})matinee\"")
        math(EXPR at "${at} + 12000")
    endwhile()
    string(APPEND text ";\n\n")
endforeach()
string(APPEND text "}  // namespace matinee::reports\n")
file(WRITE "${OUTPUT}" "${text}")
