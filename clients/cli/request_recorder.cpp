#include "clients/cli/request_recorder.hpp"

#include <algorithm>
#include <fstream>
#include <unordered_map>

#include "simulator/scenario/scenario.hpp"
#include "simulator/world/run.hpp"
#include "system/base/errors.hpp"
#include "system/base/text.hpp"
#include "system/cdn/lab/trace_formats.hpp"

namespace matinee::cli {

namespace fs = std::filesystem;
using cdn::lab::append_oracle_record;
using cdn::lab::kOracleRecordBytes;
using cdn::lab::OracleRecord;

/// One server's. It is written in large pieces and closed in between: a world may have more servers than a process may
/// have files open.
class RequestRecorder::File : public world::RequestObserver {
public:
    explicit File(fs::path path) : path_(std::move(path)) {
        if (!std::ofstream(path_, std::ios::binary | std::ios::trunc)) fail();
    }

    void requested(TimeNs now, cdn::ObjectKey key, Bytes size) override {
        const auto bytes = uint32_t(std::min<Bytes>(size, UINT32_MAX));  // only a bulk prefill is larger
        append_oracle_record(buffer_, {uint32_t(now / kSecond), key, bytes, -1});
        ++records_;
        if (buffer_.size() >= kPiece) flush();
    }

    void finish() {
        flush();
        std::fstream file(path_, std::ios::binary | std::ios::in | std::ios::out);
        std::unordered_map<cdn::ObjectKey, int64_t> next;  // looked up, never walked
        constexpr uint64_t most = kPiece / kOracleRecordBytes;
        for (uint64_t past = records_; past > 0;) {
            const uint64_t first = past > most ? past - most : 0;
            number(file, first, past, next);
            past = first;
        }
        if (!file.flush()) fail();
    }

private:
    static constexpr size_t kPiece = 24 * 16384;

    [[noreturn]] void fail() const { throw MachineError("cannot write " + path_.string()); }

    void flush() {
        std::ofstream file(path_, std::ios::binary | std::ios::app);
        if (!file.write(buffer_.data(), std::streamsize(buffer_.size())).flush()) fail();
        buffer_.clear();
    }

    /// Numbers the next requests of records [first, past), given those after them.
    void number(std::fstream& file, uint64_t first, uint64_t past,
                std::unordered_map<cdn::ObjectKey, int64_t>& next) const {
        std::string bytes(size_t(past - first) * kOracleRecordBytes, '\0');
        file.seekg(std::streamoff(first * kOracleRecordBytes));
        if (!file.read(bytes.data(), std::streamsize(bytes.size()))) fail();
        std::vector<OracleRecord> records;
        for (size_t at = 0; at < bytes.size(); at += kOracleRecordBytes)
            records.push_back(cdn::lab::decode_oracle_record(bytes.data() + at));
        for (uint64_t i = past; i-- > first;) {
            OracleRecord& record = records[size_t(i - first)];
            const auto known = next.try_emplace(record.id, -1).first;
            record.next = known->second;
            known->second = int64_t(i);
        }
        bytes.clear();
        for (const OracleRecord& record : records) append_oracle_record(bytes, record);
        file.seekp(std::streamoff(first * kOracleRecordBytes));
        if (!file.write(bytes.data(), std::streamsize(bytes.size()))) fail();
    }

    fs::path path_;
    std::string buffer_;
    uint64_t records_ = 0;
};

RequestRecorder::RequestRecorder(const scenario::Scenario& scenario, const std::vector<std::string>& wishes) {
    std::vector<std::string> groups;
    for (const scenario::NodeGroup& node : scenario.cdn.nodes) groups.push_back(node.id);
    for (const std::string& wish : wishes) {
        const size_t equals = wish.find('=');
        const std::string group = wish.substr(0, equals);
        const bool known = std::find(groups.begin(), groups.end(), group) != groups.end();
        if (equals == std::string::npos || equals + 1 == wish.size() || !known)
            throw InputError({"command line", "--record-requests", "`" + wish + "`",
                              "GROUP=DIR, GROUP being " + one_of(groups), nearest_spelling(group, groups)});
        const bool twice =
            std::any_of(wishes_.begin(), wishes_.end(), [&](const Wish& other) { return other.group == group; });
        if (twice) throw InputError({"command line", "--record-requests", "`" + group + "` twice", "a group once", ""});
        wishes_.push_back({group, wish.substr(equals + 1)});
    }
}

RequestRecorder::~RequestRecorder() = default;

world::RequestObserver* RequestRecorder::observer(const std::string& group, uint32_t site, uint32_t server) {
    const auto wish = std::find_if(wishes_.begin(), wishes_.end(), [&](const Wish& w) { return w.group == group; });
    if (wish == wishes_.end()) return nullptr;
    std::error_code failed;
    fs::create_directories(wish->folder, failed);
    if (failed) throw MachineError("cannot make the folder " + wish->folder.string() + ": " + failed.message());
    const std::string name = group + "-" + std::to_string(site) + "-" + std::to_string(server) + ".oracleGeneral";
    files_.push_back(std::make_unique<File>(wish->folder / name));
    return files_.back().get();
}

void RequestRecorder::finish() {
    for (const auto& file : files_) file->finish();
}

}  // namespace matinee::cli
