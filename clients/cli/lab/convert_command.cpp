#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>

#include "clients/cli/exit_codes.hpp"
#include "clients/cli/lab/abr_arguments.hpp"
#include "clients/cli/lab/lab.hpp"
#include "clients/cli/lab/option_values.hpp"
#include "clients/cli/lab/output_file.hpp"
#include "simulator/network/recorded_trace_io.hpp"
#include "system/base/errors.hpp"

namespace matinee::cli {

namespace fs = std::filesystem;
using network::RecordedTrace;
using network::TraceFormat;

namespace {

struct Target {
    std::string name;
    TraceFormat format;
    std::string extension;  ///< of files in a folder
};

const std::vector<Target> kTargets = {{"sabre", TraceFormat::Sabre, ".json"},
                                      {"csv", TraceFormat::Csv, ".csv"},
                                      {"mahimahi", TraceFormat::Mahimahi, ".mahi"},
                                      {"pensieve", TraceFormat::Pensieve, ".txt"}};

[[noreturn]] void refuse(const std::string& file, const std::string& found, const std::string& expected,
                         const std::string& suggestion = {}) {
    throw InputError({.file = file, .path = "", .found = found, .expected = expected, .suggestion = suggestion});
}

/// Of --to, else by the extension of the output.
const Target& target_of(const Arguments& arguments, const fs::path& output) {
    std::vector<std::string> names;
    for (const Target& target : kTargets) names.push_back(target.name);
    if (arguments.has("--to")) return kTargets[choice_of(arguments, "--to", names, 0)];
    for (const Target& target : kTargets)
        if (output.extension() == target.extension && target.format != TraceFormat::Pensieve) return target;
    refuse("command line", "an output whose format its name does not say: `" + output.string() + "`",
           "--to sabre, csv, mahimahi or pensieve", "matinee help lab convert");
}

/// A Sabre movie is a JSON object, a trace an array; Pensieve's movies are folders with certain names.
bool is_movie(const fs::path& input) {
    std::error_code error;
    if (!fs::is_directory(input, error)) {
        std::ifstream stream(input, std::ios::binary);
        char first = ' ';
        while (stream.get(first) && (first == ' ' || first == '\n' || first == '\r' || first == '\t')) {
        }
        return stream.good() && first == '{';
    }
    for (const auto& entry : fs::directory_iterator(input, error))
        if (entry.path().filename().string().find("video_size_") != std::string::npos) return true;
    return false;
}

void make_folder(const fs::path& folder) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) throw MachineError("cannot create the folder " + folder.string() + ": " + error.message());
}

void write_or_print(const std::string& output, const std::string& text) {
    if (output == "-")
        std::cout << text;
    else
        write_file(output, text);
}

/// News for a person; standard output may be the result itself.
void say(const std::string& text) { std::cerr << "matinee: " << text << '\n'; }

void convert_movie(const Arguments& arguments, const std::string& input, const std::string& output) {
    const population::RecordedMovie movie = population::read_recorded_movie(input, pensieve_shape(arguments));
    const Target& target = target_of(arguments, output);
    if (target.format == TraceFormat::Sabre) return write_or_print(output, population::sabre_movie_text(movie));
    if (target.format != TraceFormat::Pensieve)
        refuse("command line", "a movie as " + target.name, "a movie as sabre or pensieve");
    if (output == "-") refuse("command line", "`-` for several files", "a folder");
    make_folder(output);
    const std::vector<std::string> texts = population::pensieve_movie_texts(movie);
    for (size_t rung = 0; rung < texts.size(); ++rung)
        write_file(fs::path(output) / ("video_size_" + std::to_string(rung)), texts[rung]);
    const population::PensieveShape own;
    if (movie.ladder == own.ladder && movie.segment_ms == own.segment_ms) return;
    std::string ladder;
    for (const Kbps kbps : movie.ladder) ladder += (ladder.empty() ? "" : ",") + std::to_string(kbps);
    say("Pensieve's files do not say bitrates and segment duration; to read them back: --bitrates " + ladder +
        " --segment " + std::to_string(int64_t(movie.segment_ms * double(kMillisecond))) + "ns");
}

/// Whether the format leaves out what the trace has.
bool loses_latency(const RecordedTrace& trace, TraceFormat format) {
    if (format == TraceFormat::Sabre || format == TraceFormat::Csv) return false;
    for (const RecordedTrace::Period& period : trace.periods)
        if (period.latency_ms > 0) return true;
    return false;
}

void convert_traces(const Arguments& arguments, const std::string& input, const std::string& output) {
    std::vector<RecordedTrace> traces = network::read_traces(input);
    const Target& target = target_of(arguments, output);
    const bool folder = fs::is_directory(input);
    std::vector<std::pair<std::string, std::string>> files;
    std::set<std::string> names;
    bool loses = false;
    for (RecordedTrace& trace : traces) {
        set_latency(arguments, trace);
        loses = loses || loses_latency(trace, target.format);
        const std::string name = fs::path(trace.name).replace_extension(target.extension).string();
        if (folder && !names.insert(name).second)
            refuse(input, "two traces that would both be called " + name, "names that differ without their extensions",
                   "convert the folders one by one");
        files.emplace_back(name, network::trace_text(trace, target.format));
    }
    if (folder && output == "-") refuse("command line", "`-` for several files", "a folder");
    if (loses) say("latencies are left out: " + target.name + " has none");
    if (!folder) return write_or_print(output, files.front().second);
    make_folder(output);
    for (const auto& [name, text] : files) write_file(fs::path(output) / name, text);
}

}  // namespace

int run_lab_convert(Words words) {
    const Arguments arguments({.command = "lab convert",
                               .valued = {"--to", "--latency", "--bitrates", "--segment"},
                               .word = "INPUT OUTPUT",
                               .least_words = 2,
                               .most_words = 2},
                              words);
    const std::string& input = arguments.words()[0];
    const std::string& output = arguments.words()[1];
    if (is_movie(input))
        convert_movie(arguments, input, output);
    else
        convert_traces(arguments, input, output);
    return kDone;
}

}  // namespace matinee::cli
