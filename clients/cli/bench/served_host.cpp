#include "clients/cli/bench/served_host.hpp"

#include <unistd.h>

#include <atomic>
#include <exception>
#include <iostream>

#include "clients/cli/bench/cpu_time.hpp"
#include "clients/cli/bench/http_load.hpp"

namespace matinee::bench {

namespace {

/// Out of reach, and still counted: what a limit costs belongs to what is measured.
gateway::Limits raised_limits() {
    static constexpr int64_t kMany = 1'000'000'000;
    gateway::Limits limits;
    limits.api_per_hour = limits.playback_starts_per_hour = limits.searches_per_hour = kMany;
    limits.reports_per_hour = kMany;
    limits.heartbeats_per_hour = limits.registrations_per_hour = limits.logins_per_hour = kMany;
    limits.bucket = limits.bucket_fills_per_second = kMany;
    return limits;
}

live::Config config_in(const std::filesystem::path& folder) {
    live::Config config;
    config.data = folder.string();
    config.port = 0;
    config.password_cost = {.passes = 1, .memory_bytes = 8192};  // what argon2id costs is known: that is its purpose
    config.password_queue = 100'000;
    config.limits.first_header = config.limits.idle = kHour;  // connections wait while others are measured
    config.platform.gateway.limits = raised_limits();
    config.platform.accounts.admin_token = ServedHost::admin_token();
    config.platform.accounts.access_token_lifetime = kHour;
    return config;
}

}  // namespace

const std::string& ServedHost::admin_token() {
    static const std::string token = "benchmark-of-serve-admin";
    return token;
}

ServedHost::ServedHost()
    : folder_(std::filesystem::temp_directory_path() / ("matinee-bench-serve-" + std::to_string(::getpid()))) {
    std::filesystem::remove_all(folder_);
    std::atomic<bool> up = false;
    std::exception_ptr failed;
    thread_ = std::thread([this, &up, &failed] {
        pin_to_processor(0);
        try {
            host_ = std::make_unique<live::LiveHost>(config_in(folder_),
                                                     [](const std::string& line) { std::cerr << line + "\n"; });
        } catch (...) {
            failed = std::current_exception();
        }
        up = true;
        up.notify_one();
        if (host_) host_->run();
    });
    up.wait(false);
    if (!failed) return;
    thread_.join();
    std::rethrow_exception(failed);
}

ServedHost::~ServedHost() {
    host_->stop();
    thread_.join();
    host_.reset();
    std::filesystem::remove_all(folder_);
}

double ServedHost::cpu_seconds() const {
    timespec all = {};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &all);
    return double(all.tv_sec) + double(all.tv_nsec) * 1e-9 - thread_cpu_seconds();
}

}  // namespace matinee::bench
