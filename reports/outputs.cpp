#include "reports/outputs.hpp"

#include <fstream>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "reports/csv.hpp"
#include "reports/html.hpp"
#include "reports/result_json.hpp"
#include "system/base/errors.hpp"

namespace matinee::reports {

namespace fs = std::filesystem;

namespace {

/// Files on their way: whatever was not renamed is removed, on errors too.
class Staged {
public:
    explicit Staged(fs::path dir) : dir_(std::move(dir)) {}
    Staged(const Staged&) = delete;
    Staged& operator=(const Staged&) = delete;
    ~Staged() {
        std::error_code ignored;
        for (const auto& [temporary, place] : files_) fs::remove(temporary, ignored);
    }

    void write(const std::string& name, const std::string& text) {
        const fs::path temporary = dir_ / ("." + name + ".partial");
        files_.emplace_back(temporary, dir_ / name);
        std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
        file.write(text.data(), std::streamsize(text.size()));
        file.close();  // a full disk may say so only now
        if (!file)
            throw MachineError("cannot write " + (dir_ / name).string() +
                               ": is the disk full or the folder read-only?");
    }
    void publish() {
        for (; !files_.empty(); files_.pop_back()) {
            std::error_code error;
            fs::rename(files_.back().first, files_.back().second, error);
            if (error) throw MachineError("cannot write " + files_.back().second.string() + ": " + error.message());
        }
    }

private:
    fs::path dir_;
    std::vector<std::pair<fs::path, fs::path>> files_;
};

}  // namespace

void write_outputs(const Result& result, const fs::path& dir, bool csv) {
    std::error_code error;
    fs::create_directories(dir, error);
    if (error) throw MachineError("cannot create the folder " + dir.string() + ": " + error.message());
    Staged files(dir);
    files.write("result.json", result_json(result));
    files.write("report.html", report_html(result));
    if (csv) {
        files.write("series.csv", series_csv(result));
        files.write("summary.csv", summary_csv(result));
        files.write("breakdowns.csv", breakdowns_csv(result));
    }
    files.publish();
}

}  // namespace matinee::reports
