#include "clients/cli/bench/lab_cache.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <list>
#include <stdexcept>
#include <unordered_map>
#include <vector>

#include "clients/cli/bench/cpu_time.hpp"
#include "clients/cli/bench/mapped_file.hpp"
#include "system/base/digest.hpp"
#include "system/base/errors.hpp"
#include "system/base/math.hpp"
#include "system/base/random.hpp"
#include "system/cdn/lab/replay.hpp"
#include "system/cdn/lab/trace_formats.hpp"

namespace matinee::bench {

namespace {

using namespace cdn::lab;

constexpr uint32_t kRequests = 10'000'000;
constexpr uint32_t kObjects = 1'000'000;
constexpr double kSkew = 0.9;  // of Zipf's law
constexpr int kRounds = 3;
constexpr int kReadingRounds = 5;

/// A file that is deleted at the end.
class TemporaryFile {
public:
    explicit TemporaryFile(const std::string& name)
        : path_(std::filesystem::temp_directory_path() / (name + "-" + std::to_string(getpid()))) {}
    ~TemporaryFile() {
        std::error_code ignored;
        std::filesystem::remove(path_, ignored);
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    std::string path() const { return path_.string(); }

private:
    std::filesystem::path path_;
};

/// Zipf's law over objects with ids of 64 random bits and sizes of 1 to 1000 kB, evenly in the logarithm.
void write_trace(const std::string& file) {
    std::vector<double> cumulated(kObjects);
    std::vector<uint32_t> sizes(kObjects);
    RandomStream random(42, Purpose::Test, 0);
    double sum = 0;
    for (uint32_t rank = 0; rank < kObjects; ++rank) {
        cumulated[rank] = sum += math::pow(double(rank + 1), -kSkew);
        sizes[rank] = uint32_t(1000 * math::pow(1000, random.uniform()));
    }
    std::ofstream stream(file, std::ios::binary);
    std::string block;
    for (uint32_t i = 0; i < kRequests; ++i) {
        const auto at = std::lower_bound(cumulated.begin(), cumulated.end() - 1, random.uniform() * sum);
        const auto rank = uint32_t(at - cumulated.begin());
        append_oracle_record(block, {i / 1000, mix64(rank + 1), sizes[rank], -1});
        if (block.size() < 1 << 20 && i + 1 < kRequests) continue;
        stream.write(block.data(), std::streamsize(block.size()));
        block.clear();
    }
    if (!stream.flush()) throw MachineError("cannot write " + file);
}

/// The yardstick: the cache of a textbook, with what it needs of the trace in arrays.
struct Textbook {
    std::vector<uint64_t> ids;
    std::vector<uint32_t> sizes;

    explicit Textbook(std::string_view content) {
        const size_t records = content.size() / kOracleRecordBytes;
        ids.reserve(records);
        sizes.reserve(records);
        for (size_t i = 0; i < records; ++i) {
            const OracleRecord record = decode_oracle_record(content.data() + i * kOracleRecordBytes);
            ids.push_back(record.id);
            sizes.push_back(record.size);
        }
    }

    uint64_t misses(Bytes capacity, bool ignore_size) const {
        struct Object {
            uint64_t id;
            Bytes size;
        };
        std::list<Object> newest_first;
        std::unordered_map<uint64_t, std::list<Object>::iterator> objects;
        Bytes used = 0;
        uint64_t missed = 0;
        for (size_t i = 0; i < ids.size(); ++i) {
            const auto found = objects.find(ids[i]);
            if (found != objects.end()) {
                newest_first.splice(newest_first.begin(), newest_first, found->second);
                continue;
            }
            ++missed;
            const Bytes size = ignore_size ? 1 : sizes[i];
            if (size > capacity) continue;
            while (used + size > capacity) {
                used -= newest_first.back().size;
                objects.erase(newest_first.back().id);
                newest_first.pop_back();
            }
            newest_first.push_front({ids[i], size});
            objects.emplace(ids[i], newest_first.begin());
            used += size;
        }
        return missed;
    }
};

template <class Work>
double cpu_seconds_of(Work work) {
    const double start = thread_cpu_seconds();
    work();
    return thread_cpu_seconds() - start;
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

struct Timed {
    std::vector<double> seconds, ratios;  // by round; ratios to the textbook of the same round
    std::vector<double> whole_ratios;     // likewise, with reading on both sides
    Counts counts;
};

/// From the file to what replay() wants, and to what the textbook wants.
struct Reading {
    double lab_s = 0, textbook_s = 0;
};

/// Both sides in turn, with the file in memory and mapped; medians, because what fresh memory costs varies.
Reading time_reading(std::string_view content, const std::string& file) {
    std::vector<double> lab_s, textbook_s;
    for (int round = 0; round < kReadingRounds; ++round) {
        textbook_s.push_back(cpu_seconds_of([&] { Textbook{content}; }));
        lab_s.push_back(cpu_seconds_of([&] { parse_trace(content, file, TraceFormat::OracleGeneral); }));
    }
    return {median(lab_s), median(textbook_s)};
}

void measure(const Emit& emit, const Trace& trace, const Textbook& textbook, const Reading& reading, bool ignore_size) {
    const Bytes footprint = ignore_size ? trace.objects() : trace.footprint_bytes();
    const Bytes capacity = footprint / 10;
    const std::vector<uint32_t> future = trace.future();
    const std::span<const std::string> names = cdn::eviction_names();
    std::vector<Timed> timed(names.size());
    std::vector<double> textbook_s;
    for (int round = 0; round < kRounds; ++round) {
        uint64_t misses = 0;
        textbook_s.push_back(cpu_seconds_of([&] { misses = textbook.misses(capacity, ignore_size); }));
        for (size_t i = 0; i < names.size(); ++i) {
            Trial trial{.capacity = capacity, .ignore_size = ignore_size};
            trial.spec.evict = *cdn::eviction_named(names[i]);
            const double s = cpu_seconds_of([&] { timed[i].counts = replay(trace, trial, future); });
            timed[i].seconds.push_back(s);
            timed[i].ratios.push_back(textbook_s.back() / s);
            timed[i].whole_ratios.push_back((textbook_s.back() + reading.textbook_s) / (s + reading.lab_s));
            if (trial.spec.evict == cdn::Eviction::Lru && timed[i].counts.misses != misses)
                throw std::logic_error("the textbook and the laboratory disagree on LRU");
        }
    }
    const double textbook_median_s = median(textbook_s);
    for (size_t i = 0; i < names.size(); ++i) {
        const double s = median(timed[i].seconds);
        emit(Measurement("lab-cache")
                 .text("policy", names[i])
                 .text("sizes", ignore_size ? "ignored" : "bytes")
                 .integer("capacity_bytes", capacity)
                 .number("object_miss_ratio", timed[i].counts.object_miss_ratio())
                 .number("requests_per_second", kRequests / s)
                 .number("textbook_requests_per_second", kRequests / textbook_median_s)
                 .number("ratio_to_textbook", median(timed[i].ratios))
                 .number("requests_per_second_with_reading", kRequests / (s + reading.lab_s))
                 .number("textbook_requests_per_second_with_reading",
                         kRequests / (textbook_median_s + reading.textbook_s))
                 .number("ratio_to_textbook_with_reading", median(timed[i].whole_ratios)));
    }
}

}  // namespace

void measure_lab_cache(const Emit& emit) {
    const TemporaryFile file("matinee-lab-cache");
    write_trace(file.path());
    const cli::MappedFile mapped(file.path());
    const Reading reading = time_reading(mapped.content(), file.path());
    emit(Measurement("lab-cache")
             .text("step", "reading")
             .number("requests_per_second", kRequests / reading.lab_s)
             .number("textbook_requests_per_second", kRequests / reading.textbook_s));
    const Textbook textbook(mapped.content());
    const Trace trace = parse_trace(mapped.content(), file.path(), TraceFormat::OracleGeneral);
    for (const bool ignore_size : {true, false}) measure(emit, trace, textbook, reading, ignore_size);
}

}  // namespace matinee::bench
