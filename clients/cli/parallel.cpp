#include "clients/cli/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <thread>
#include <vector>

namespace matinee::cli {

void run_parallel(size_t count, uint32_t threads, const std::function<void(size_t job)>& job) {
    std::atomic<size_t> next = 0;
    std::atomic<bool> failed = false;
    std::vector<std::exception_ptr> errors(count);
    const auto work = [&] {
        while (!failed) {
            const size_t mine = next++;
            if (mine >= count) return;
            try {
                job(mine);
            } catch (...) {
                errors[mine] = std::current_exception();
                failed = true;
            }
        }
    };
    {
        std::vector<std::jthread> helpers;  // joined at the end of this block
        const size_t wanted = std::min<size_t>(threads, count);
        for (size_t helper = 1; helper < wanted; ++helper) helpers.emplace_back(work);
        work();
    }
    for (const std::exception_ptr& error : errors)
        if (error) std::rethrow_exception(error);
}

}  // namespace matinee::cli
