// The two errors a user can meet. Anything else that is thrown is a bug in matinee.
#pragma once

#include <stdexcept>
#include <string>

namespace matinee {

/// Input that is refused (exit code 2). Everything a person needs to mend it without opening a manual.
struct InputError : std::runtime_error {
    struct Where {
        std::string file;        ///< as the user named it; "--set" or "command line" for arguments
        std::string path;        ///< JSON path such as `cdn.nodes[1].nic`, `line 12`, or empty for the whole file
        std::string found;       ///< what stands there, shortened
        std::string expected;    ///< what may stand there
        std::string suggestion;  ///< the nearest right spelling or a way out; may be empty
    };
    explicit InputError(Where where);
    Where where;  // what() is the whole message, as printed
};

/// The machine refused: disk, port, memory (exit code 3).
struct MachineError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

}  // namespace matinee
