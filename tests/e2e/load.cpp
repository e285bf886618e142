#include "e2e/load.h"

#include <gtest/gtest.h>

#include <utility>
#include <variant>

#include "base/clock.h"
#include "e2e/program.h"
#include "event/event.h"
#include "spool/reader.h"

namespace hookspool::e2e {

Load::Load(Post post, int threads) : post_(std::move(post)) {
  for (int thread = 0; thread < threads; ++thread) {
    threads_.emplace_back([this, thread](const std::stop_token& stop) {
      constexpr std::int64_t kPerThread = 1'000'000;
      for (std::int64_t i = 1; !stop.stop_requested(); ++i) {
        const std::int64_t id = (thread + 1) * kPerThread + i;
        const int status = post_(id);
        const std::lock_guard guard(mutex_);
        if (status == 200) acknowledged_.insert(id);
      }
    });
  }
}

std::size_t Load::acknowledged() {
  const std::lock_guard guard(mutex_);
  return acknowledged_.size();
}

void Load::wait_for_more(std::size_t count) {
  const std::size_t goal = acknowledged() + count;
  ASSERT_TRUE(eventually([&] { return acknowledged() >= goal; }));
}

std::set<std::int64_t> Load::stop() {
  threads_.clear();
  return acknowledged_;
}

std::set<std::int64_t> spooled(const std::filesystem::path& spool) {
  const SystemClock clock;
  spool::Reader reader(spool, spool::real_file_system(), clock);
  reader.seal();
  std::set<std::int64_t> ids;
  for (const auto& segment : reader.sealed_segments()) {
    const auto summary = reader.read(segment, 1000, [&](const std::vector<spool::Record>& batch) {
      for (const spool::Record& record : batch) {
        ids.insert(std::get<event::Event>(event::parse(record.body)).object_id);
      }
    });
    EXPECT_EQ(summary.quarantined, 0U) << segment;
  }
  return ids;
}

void expect_no_loss(const std::set<std::int64_t>& acknowledged,
                    const std::filesystem::path& spool) {
  const std::set<std::int64_t> kept = spooled(spool);
  for (const std::int64_t id : acknowledged) {
    EXPECT_TRUE(kept.contains(id)) << id << " was answered with 200";
  }
}

}  // namespace hookspool::e2e
