#include "ctl/stopped_athletes.h"

#include "base/log.h"
#include "ctl/id_text.h"
#include "store/athletes.h"

namespace hookspool::ctl {

void warn_of_stopped(Context& context, std::optional<event::AthleteId> athlete) {
  for (const store::Athlete& one : store::Athletes(context.database()).list()) {
    const bool is_asked = !athlete || one.id == *athlete;
    if (!is_asked || !one.stopped_because) continue;
    log::warning("athlete " + text_of(one.id) + " is left out: " + *one.stopped_because +
                 "; hookspoolctl authorize");
  }
}

}  // namespace hookspool::ctl
