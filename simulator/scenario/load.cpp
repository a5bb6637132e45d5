#include "simulator/scenario/load.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "simulator/scenario/format.hpp"
#include "simulator/scenario/include.hpp"
#include "simulator/scenario/json_text.hpp"
#include "simulator/scenario/names.hpp"
#include "simulator/scenario/set_path.hpp"
#include "simulator/scenario/variables.hpp"
#include "system/base/digest.hpp"

namespace matinee::scenario {
namespace {

namespace fs = std::filesystem;

/// To open a pipe waits for its other end, and a device may never end.
void refuse_special(const std::string& path) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (!fs::exists(status) || fs::is_regular_file(status) || fs::is_directory(status)) return;
    const char* const kind = fs::is_fifo(status) ? "a pipe" : fs::is_socket(status) ? "a socket" : "a device";
    throw InputError({path, "", kind, "a regular file", "write it to a file first"});
}

class DiskFiles : public Files {
public:
    std::string identity(const std::string& path) override {
        std::error_code error;
        const fs::path real = fs::weakly_canonical(path, error);
        return error ? path : real.string();
    }
    bool exists(const std::string& path) override {
        std::error_code error;
        return fs::exists(path, error);
    }
    std::string text(const std::string& path) override {
        refuse_special(path);
        std::error_code error;
        if (fs::is_directory(path, error)) throw InputError({path, "", "a folder", "a file", ""});
        const uintmax_t size = fs::file_size(path, error);
        if (!error && size > kMaxTextBytes)
            throw InputError(
                {path, "", std::to_string(size) + " bytes", "at most " + std::to_string(kMaxTextBytes) + " bytes", ""});
        std::ifstream file(path, std::ios::binary);
        if (!file) throw InputError({path, "", std::strerror(errno), "a file that can be read", ""});
        std::string text(std::istreambuf_iterator<char>(file), {});
        if (file.bad()) throw MachineError(path + ": cannot be read");
        return text;
    }
    std::shared_ptr<const std::vector<network::RecordedTrace>> traces(const std::string& path) override {
        refuse_special(path);
        auto& known = traces_[fs::absolute(path).lexically_normal().string()];
        if (!known) known = std::make_shared<const std::vector<network::RecordedTrace>>(traces_from(path));
        return known;
    }
    std::shared_ptr<const population::Movie> movie(const std::string& path) override {
        refuse_special(path);
        return std::make_shared<const population::Movie>(movie_from(path));
    }

private:
    std::map<std::string, std::shared_ptr<const std::vector<network::RecordedTrace>>> traces_;
};

class TextFiles : public Files {
public:
    explicit TextFiles(const std::map<std::string, std::string>& texts) : texts_(texts) {}
    std::string identity(const std::string& path) override { return fs::path(path).lexically_normal().string(); }
    bool exists(const std::string& path) override { return texts_.count(identity(path)) != 0; }
    std::string text(const std::string& path) override { return texts_.at(identity(path)); }
    std::shared_ptr<const std::vector<network::RecordedTrace>> traces(const std::string& path) override { none(path); }
    std::shared_ptr<const population::Movie> movie(const std::string& path) override { none(path); }

private:
    [[noreturn]] static void none(const std::string& path) {
        throw InputError({path, "", "a file", "nothing: this scenario is read without files", ""});
    }
    const std::map<std::string, std::string>& texts_;
};

std::vector<std::string> ids_in(const Value* list) {
    std::vector<std::string> ids;
    if (list == nullptr || !list->is(Value::Kind::List)) return ids;
    for (const Value& item : list->items) {
        const Value* id = item.is(Value::Kind::Object) ? given(item, "id") : nullptr;
        ids.push_back(id && id->is(Value::Kind::Text) ? id->text : "");
    }
    return ids;
}

Context context_of(const Scenario& scenario) {
    Context context;
    for (const Region& region : scenario.regions) context.regions.push_back(region.id);
    for (const Device& device : scenario.devices) context.devices.push_back(device.id);
    for (const NodeGroup& group : scenario.cdn.nodes) context.nodes.push_back(group.id);
    return context;
}

std::string hash_of(const Scenario& scenario, Files& files) {
    Context context = context_of(scenario);
    context.for_hash = true;
    context.files = &files;
    const Value all = format_table().write(scenario, context);
    Value counted = Value::object();
    for (size_t i = 0; i < all.keys.size(); ++i)
        if (all.keys[i] != "name" && all.keys[i] != "description" && all.keys[i] != "seed")
            counted.set(all.keys[i], all.items[i]);
    Digest digest;
    digest.add_text(json_line(counted));
    return digest.hex();
}

Value apply_sets_and_variables(Value root, const std::vector<std::string>& sets) {
    std::vector<Setting> settings;
    for (const std::string& argument : sets) settings.push_back(parse_setting(argument));
    for (const Setting& setting : settings)
        if (setting.is_variable()) apply_setting(root, setting);
    Value vars = Value::object();
    if (const Value* said = given(root, "vars")) {
        if (!said->is(Value::Kind::Object)) refuse(*said, "vars", "an object of variables");
        vars = *said;
    }
    Variables variables(&vars);
    root = variables.replaced(root, "");
    // With one list item of pure defaults, `--set populations[0].abr=bba` works on the shortest scenario too.
    if (given(root, "populations") == nullptr) {
        Value defaults = Value::list({Value::object()});
        defaults.origin = defaults.items[0].origin = root.origin;
        root.set("populations", std::move(defaults));
    }
    for (Setting& setting : settings) {
        if (setting.is_variable()) continue;
        setting.value = variables.replaced(setting.value, setting.path);
        apply_setting(root, setting);
    }
    return root;
}

/// The file's name, unless a scenario could not say it.
std::string name_of(const std::string& file) {
    const std::string stem = fs::path(file).stem().string();
    const bool sayable = stem.size() <= 200 && stem.find("${") == stem.npos && malformed_utf8(stem) == stem.npos;
    return sayable ? stem : "scenario";
}

Scenario read(const std::string& file, const std::string& text, const std::vector<std::string>& sets, Files& files) {
    const Value root = apply_sets_and_variables(read_with_includes(file, text, files), sets);
    const Table<Scenario>& table = format_table();
    Scenario scenario = table.initial();
    scenario.file = file;
    scenario.overrides = sets;
    scenario.name = name_of(file);
    Context context;
    const Value* regions = given(root, "regions");
    const Value* devices = given(root, "devices");
    const Value* cdn = given(root, "cdn");
    context.regions = ids_in(regions);
    context.devices = ids_in(devices);
    context.own_devices = devices != nullptr && context.devices != context_of(scenario).devices;
    if (regions == nullptr) context.regions = context_of(scenario).regions;
    if (devices == nullptr) context.devices = context_of(scenario).devices;
    if (cdn != nullptr && cdn->is(Value::Kind::Object)) context.nodes = ids_in(given(*cdn, "nodes"));
    context.files = &files;
    context.scenario = &scenario;
    table.read_into(scenario, root, {context, ""});
    return scenario;
}

std::string absolute(const std::string& path) {
    return path.empty() ? path : fs::absolute(path).lexically_normal().string();
}

}  // namespace

Scenario load(const LoadOptions& options) {
    DiskFiles files;
    if (!files.exists(options.file))
        throw InputError({options.file, "", "nothing", "a scenario file", "the path starts at the current folder"});
    Scenario scenario = read(options.file, files.text(options.file), options.sets, files);
    if (options.seed) {
        scenario.seed = *options.seed;
        scenario.overrides.push_back("seed=" + std::to_string(*options.seed));
    }
    scenario.hash = hash_of(scenario, files);
    if (scenario.default_prices && !options.assets_dir.empty())
        scenario.prices_file = (fs::path(options.assets_dir) / "prices" / "default.json").string();
    return scenario;
}

Scenario parse_scenario_text(std::string_view text, const std::vector<std::string>& sets,
                             const std::map<std::string, std::string>& includes, const std::string& name) {
    TextFiles files(includes);
    Scenario scenario = read(name, std::string(text), sets, files);
    scenario.hash = hash_of(scenario, files);
    return scenario;
}

std::string resolved_text(const Scenario& scenario) {
    Scenario movable = scenario;
    movable.prices_file = absolute(movable.prices_file);
    for (Population& population : movable.populations)
        for (Access& access : population.access) access.traces_path = absolute(access.traces_path);
    if (movable.catalog.movie) {
        auto movie = std::make_shared<population::Movie>(*movable.catalog.movie);
        movie->file = absolute(movie->file);
        movable.catalog.movie = movie;
    }
    return json_pages(format_table().write(movable, context_of(movable)));
}

nlohmann::ordered_json resolved_json(const Scenario& scenario) {
    return nlohmann::ordered_json::parse(resolved_text(scenario));
}

}  // namespace matinee::scenario
