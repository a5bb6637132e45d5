// `matinee run --record-requests GROUP=DIR`: what each server of a node group was asked for, one oracleGeneral file
// each, to be replayed by `matinee lab cache`.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace matinee::scenario {
struct Scenario;
}
namespace matinee::world {
class RequestObserver;
}

namespace matinee::cli {

class RequestRecorder {
public:
    /// Of arguments `GROUP=DIR`. Throws InputError for what is none, or names no group of the scenario; creates nothing
    /// yet.
    RequestRecorder(const scenario::Scenario& scenario, const std::vector<std::string>& wishes);
    ~RequestRecorder();

    bool wanted() const { return !wishes_.empty(); }
    /// Null where nobody asked for this group. Throws MachineError where its file cannot be made.
    world::RequestObserver* observer(const std::string& group, uint32_t site, uint32_t server);
    /// Completes the files: each record says when its object is asked for next, which only the end of a run shows.
    void finish();

private:
    class File;
    struct Wish {
        std::string group;
        std::filesystem::path folder;
    };
    std::vector<Wish> wishes_;
    std::vector<std::unique_ptr<File>> files_;
};

}  // namespace matinee::cli
