#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>

#include "clients/cli/arguments.hpp"
#include "clients/cli/command.hpp"
#include "clients/cli/exit_codes.hpp"
#include "system/base/errors.hpp"
#include "system/live/host.hpp"

namespace matinee::cli {

static std::string text_of_file(const std::string& file) {
    std::ifstream stream(file, std::ios::binary);
    std::ostringstream text;
    if (!stream || !(text << stream.rdbuf()))
        throw InputError({file, "", "a file that cannot be read", "a JSON file of settings", "matinee help serve"});
    return text.str();
}

static live::Config config_of(const Arguments& arguments) {
    live::Config config;
    if (const auto file = arguments.value("--config")) live::set_from_json(config, text_of_file(*file), *file);
    live::set_from_environment(config,
                               [](const std::string& name) -> const char* { return std::getenv(name.c_str()); });
    for (const std::string& setting : arguments.values("--set")) {
        const size_t equals = setting.find('=');
        if (equals == std::string::npos)
            throw InputError({"command line", "--set", "`" + setting + "`", "NAME=VALUE", "matinee help serve"});
        live::set(config, setting.substr(0, equals), setting.substr(equals + 1), live::kCommandLine);
    }
    for (const char* name : {"data", "port"})
        if (const auto value = arguments.value("--" + std::string(name)))
            live::set(config, name, *value, live::kCommandLine);
    live::check(config);
    return config;
}

int serve_command(Words words) {
    const Arguments arguments({.command = "serve",
                               .flags = {"--check-config"},
                               .valued = {"--config", "--data", "--port"},
                               .repeated = {"--set"},
                               .word = "",
                               .most_words = 0},
                              words);
    const live::Config config = config_of(arguments);
    if (arguments.has("--check-config")) {
        std::cout << live::config_text(config);
        return kDone;
    }
    std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error of the write, like a full disk
    std::signal(SIGPIPE, SIG_IGN);  // and so is a connection that somebody closed
    live::LiveHost host(config, [](const std::string& line) { std::cerr << line + "\n"; });
    const bool is_v6 = config.address.find(':') != std::string::npos;
    std::cout << "listening on " << (config.tls_certificate.empty() ? "http" : "https") << "://" << (is_v6 ? "[" + config.address + "]" : config.address) << ":" << host.port()
              << std::endl;
    host.run();
    return kDone;
}

}  // namespace matinee::cli
