#pragma once

#include <json/json.h>

#include <chrono>
#include <list>
#include <mutex>
#include <optional>
#include <regex>
#include <string>

#include "strava_sim/http_message.h"

namespace hookspool::strava_sim {

/// Something that goes wrong with the next requests of some path.
struct Fault {
  enum class Kind {
    kStatus,     ///< the given status instead of an answer
    kTimeout,    ///< silence, then the connection ends
    kCut,        ///< the connection ends without a byte
    kCutBody,    ///< the connection ends within the body
    kSlowBody,   ///< the right answer, the body in small pieces
    kWrongJson,  ///< half of the right answer, as if it were all
    kHtml,       ///< a page for people
    kEmpty,      ///< no body
    kInactive    ///< 403 Application / Status / Inactive
  };

  std::string path_regex;
  std::string method;  ///< empty for any
  Kind kind = Kind::kStatus;
  int status = 0;  ///< 0: what goes with the kind
  std::chrono::milliseconds delay{0};
  int after = 0;  ///< requests that are still let through
  int times = 1;  ///< requests that still fail; -1 for all
};

/// Whether the request is answered without being carried out: the others distort a right answer.
bool replaces_answer(Fault::Kind kind);

/// What the client gets. `right` is the answer that there would be without the fault; it is not
/// used where replaces_answer().
HttpAnswer with_fault(const Fault& fault, HttpAnswer right);

/// The faults on demand. Thread-safe.
class Faults {
 public:
  /// \throws std::invalid_argument  not a fault (the message says why)
  void add(const Json::Value& description);

  void clear();
  Json::Value to_json() const;

  /// The first fault that applies to this request, which uses it up by one.
  std::optional<Fault> take(const HttpRequest& request);

 private:
  struct Pending {
    Fault fault;
    std::regex path;
  };

  mutable std::mutex mutex_;
  std::list<Pending> pending_;
};

}  // namespace hookspool::strava_sim
