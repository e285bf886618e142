#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

namespace hookspool::e2e {

/// Posts events from several threads until told to stop, and remembers which were answered with
/// 200.
class Load {
 public:
  /// Sends the event of the activity with that id; the status of the answer, 0 for none. Called by
  /// all threads at once.
  using Post = std::function<int(std::int64_t)>;

  Load(Post post, int threads);

  std::size_t acknowledged();
  /// Fails the test if they do not come.
  void wait_for_more(std::size_t count);
  std::set<std::int64_t> stop();

 private:
  Post post_;
  std::mutex mutex_;
  std::set<std::int64_t> acknowledged_;
  std::vector<std::jthread> threads_;
};

/// The activities whose events wait in the spool. Fails the test for what cannot be read.
std::set<std::int64_t> spooled(const std::filesystem::path& spool);

/// Fails the test for each that was acknowledged and is not in the spool.
void expect_no_loss(const std::set<std::int64_t>& acknowledged, const std::filesystem::path& spool);

}  // namespace hookspool::e2e
