// What the live host serves on this machine.
#pragma once

#include "clients/cli/bench/bench.hpp"

namespace matinee::bench {

/// Requests a second over HTTP with tokens of 10,000 accounts, the server on one processor and its clients on another;
/// times at half of the mark that is set for a request, or of what it reached where there is none, offered at a
/// constant rate; what 2,000 idle connections cost. Routes of services that are not there are left out.
void measure_serve(const Emit& emit);
/// The same with 2,000 accounts and short runs.
void measure_serve_quick(const Emit& emit);

}  // namespace matinee::bench
