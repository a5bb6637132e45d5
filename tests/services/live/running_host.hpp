// A live host in a thread of the test, on databases in a folder of its own.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "system/live/host.hpp"

namespace matinee::live {

class RunningHost {
public:
    explicit RunningHost(const Config& config = cheap()) : config_(config) { start(); }
    ~RunningHost() {
        stop();
        std::filesystem::remove_all(config_.data);
    }
    uint16_t port() const { return host_->port(); }
    LiveHost& host() { return *host_; }
    const Config& config() const { return config_; }
    /// Drains and waits for the end.
    void stop() {
        if (!thread_.joinable()) return;
        host_->stop();
        thread_.join();
    }
    /// The same again in order, on the same folder and another port.
    void restart() {
        stop();
        host_.reset();
        start();
    }
    std::string log() {
        const std::lock_guard lock(mutex_);
        return log_;
    }

    /// Passwords that hash quickly, no waiting for the disk, no rate limits, and a fresh folder.
    static Config cheap() {
        static int number = 0;
        Config config;
        config.data = (std::filesystem::path(testing::TempDir()) /
                       ("matinee_live_" + std::to_string(::getpid()) + "_" + std::to_string(number++)))
                          .string();
        config.port = 0;
        config.survive_power_loss = false;
        config.password_cost = {.passes = 1, .memory_bytes = 8192};
        config.platform.gateway.limits = gateway::Limits::none();  // a test is one address and few users
        return config;
    }

private:
    void start() {
        host_ = std::make_unique<LiveHost>(config_, [this](const std::string& line) { note(line); });
        thread_ = std::thread([this] { host_->run(); });
    }
    void note(const std::string& line) {
        const std::lock_guard lock(mutex_);
        log_ += line + "\n";
    }
    Config config_;
    std::mutex mutex_;
    std::string log_;
    std::unique_ptr<LiveHost> host_;
    std::thread thread_;
};

}  // namespace matinee::live
