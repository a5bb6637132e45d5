#include <string>
#include <vector>

#include "clients/cli/command.hpp"

int main(int argc, char** argv) {
    const std::vector<std::string> words(argv + 1, argv + argc);
    return matinee::cli::run_program(words);
}
