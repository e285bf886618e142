#include "ctl/redirect.h"

#include "base/error.h"
#include "base/query_string.h"
#include "strava/printable_text.h"

namespace hookspool::ctl {

event::Authorization parse_redirect(const std::string& address) {
  const std::size_t mark = address.find('?');
  std::string query = mark == std::string::npos ? address : address.substr(mark + 1);
  query = query.substr(0, query.find('#'));
  Parameters parameters = parse_query(query);
  return {parameters["state"], Secret(parameters["code"]), parameters["scope"],
          parameters["error"]};
}

void expect_granted(const event::Authorization& answer, const std::string& state) {
  // Before all else: what carries another state is no answer to us.
  if (answer.state != state) {
    throw Error(ExitCode::kBadData,
                answer.state.empty()
                    ? "that address has no state=…; give all of the address that the browser ended "
                      "at"
                    : "that address belongs to another authorization; run hookspoolctl authorize "
                      "again, and open the address that it prints");
  }
  if (!answer.error.empty()) {
    throw Error(ExitCode::kNoPermission, "the athlete did not authorize the application (" +
                                             strava::printable(answer.error) + ")");
  }
  if (answer.code.empty()) throw Error(ExitCode::kBadData, "that address has no code=…");
}

}  // namespace hookspool::ctl
