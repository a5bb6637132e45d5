// What `matinee lab abr` is asked to do.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "clients/cli/arguments.hpp"
#include "clients/cli/command.hpp"
#include "clients/player/lab/session.hpp"
#include "clients/population/movie_io.hpp"
#include "simulator/network/recorded_trace.hpp"

namespace matinee::cli {

enum class SessionModel : uint8_t { Sabre, Pensieve, Matinee };

struct AbrTask {
    SessionModel model = SessionModel::Sabre;
    std::vector<abr::Rule> rules;
    lab::SessionOptions options;  ///< of every rule; options.abr.rule is set for each session
    std::string movie_name;
    lab::Movie movie;
    std::vector<network::RecordedTrace> traces;
    bool folder = false;  ///< --traces: the whole cross product
    uint32_t threads = 1;
    bool json = false;
    std::optional<std::string> plot;
};

/// Reads the arguments and the files they name. Throws InputError.
AbrTask read_abr_task(Words words);

/// "sabre", "pensieve" or "matinee".
std::string name_of(SessionModel model);

/// A session of one rule on any of the traces; may be called on several threads at a time.
using RunSession = std::function<lab::SessionResult(const network::RecordedTrace& trace)>;
RunSession session_runner(const AbrTask& task, abr::Rule rule);

// What `lab convert` needs too.

/// The shape of Pensieve's size files: --bitrates and --segment, else Pensieve's own.
population::PensieveShape pensieve_shape(const Arguments& arguments);
/// --latency: for traces of formats that have none. Refused where the trace has latencies.
void set_latency(const Arguments& arguments, network::RecordedTrace& trace);

}  // namespace matinee::cli
