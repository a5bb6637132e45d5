#include <iostream>

#include "clients/cli/arguments.hpp"
#include "clients/cli/build_info.hpp"
#include "clients/cli/command.hpp"
#include "clients/cli/exit_codes.hpp"
#include "reports/json_writer.hpp"

namespace matinee::cli {

int version_command(Words words) {
    const Arguments arguments({.command = "version", .flags = {"--json"}}, words);
    const reports::Build build = build_info();
    if (arguments.has("--json")) {
        reports::JsonWriter json;
        json.object(true).key("version").text(build.version).key("commit").text(build.commit);
        json.key("compiler").text(build.compiler).key("type").text(build.type).end();
        std::cout << json.take();
        return kDone;
    }
    std::cout << "matinee " << build.version << " (";
    if (!build.commit.empty()) std::cout << "commit " << build.commit << ", ";
    std::cout << build.compiler << ", " << build.type << ")\n";
    return kDone;
}

}  // namespace matinee::cli
