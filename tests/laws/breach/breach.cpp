// A room that breaks law 1 in every way. It is built into an archive of its own so that the test can be seen to find it.
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <random>
#include <thread>

#include <sys/socket.h>

double break_every_rule(const char* name, double x) {
    std::thread([] {}).join();
    const double now = double(std::chrono::steady_clock::now().time_since_epoch().count());
    const double roll = double(std::random_device()());
    std::ofstream(name) << (std::getenv("HOME") != nullptr);
    return std::log(x) + now + roll + std::rand() + double(powf(float(x), 2.5f)) + socket(1, 1, 0);
}
