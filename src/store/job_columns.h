#pragma once

#include <soci/soci.h>

#include <string>
#include <vector>

#include "store/columns.h"
#include "store/database.h"
#include "store/job.h"

namespace hookspool::store {

/// All of them from `jobs`, to be gone on with by JOIN, WHERE and so on.
extern const char* const kSelectJobs;

/// What kSelectJobs selects. Of its own types rather than soci::row's, which takes the id for one
/// of 32 bits: AUTOINCREMENT wants it declared as INTEGER.
class JobColumns {
 public:
  void exchange_into(soci::statement& statement);
  /// That of the row that was fetched last.
  Job job() const;

 private:
  std::int64_t id_ = 0;
  std::int64_t object_id_ = 0;
  std::int64_t athlete_id_ = 0;
  std::string wish_;
  std::int64_t event_at_ = 0;
  std::int64_t revision_ = 0;
  std::int64_t created_us_ = 0;
  int attempts_ = 0;
  Nullable<std::int64_t> first_failed_us_;
  std::int64_t due_us_ = 0;
  Nullable<std::string> last_error_;
  int dead_ = 0;
  int lane_ = 0;
  std::string remaining_;
  int with_streams_ = 0;
  Nullable<std::int64_t> settling_since_;
  std::int64_t leased_until_us_ = 0;
};

/// The jobs that kSelectJobs with this ending finds; `uses` are the soci::use of its parameters.
template <typename... Uses>
std::vector<Job> select_jobs(Database& database, const std::string& ending, const Uses&... uses) {
  std::vector<Job> jobs;
  JobColumns columns;
  database.run_for_each(
      kSelectJobs + ending,
      [&columns](soci::statement& statement) { columns.exchange_into(statement); },
      [&] { jobs.push_back(columns.job()); }, uses...);
  return jobs;
}

}  // namespace hookspool::store
