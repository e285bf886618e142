#pragma once

#include <functional>
#include <string>

namespace hookspool::deployment {

/// Runs `body` as the first process of namespaces of its own: what it mounts, listens on and starts
/// is seen by nobody else, and gone when it ends. Returns what `body` returned. Where the system
/// does not allow that, `body` runs all the same, and why_not_isolated() says why.
int run_isolated(const std::function<int()>& body);

/// Empty in namespaces of its own.
const std::string& why_not_isolated();

/// Ends every process that the tests have started, and waits for all of them. Only when isolated.
void end_all_processes();

}  // namespace hookspool::deployment
