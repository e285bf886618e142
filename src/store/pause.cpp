#include "store/pause.h"

#include "store/columns.h"

namespace hookspool::store {
namespace {

PauseState::Kind kind_named(const std::string& name) {
  if (name == "application") return PauseState::Kind::kApplication;
  return name == "outage" ? PauseState::Kind::kOutage : PauseState::Kind::kRateLimit;
}

}  // namespace

const char* name_of(PauseState::Kind kind) {
  switch (kind) {
    case PauseState::Kind::kRateLimit:
      return "rate_limit";
    case PauseState::Kind::kApplication:
      return "application";
    case PauseState::Kind::kOutage:
      return "outage";
  }
  return "rate_limit";
}

std::optional<PauseState> Pause::find() {
  PauseState state;
  std::string kind;
  std::int64_t since = 0;
  std::int64_t until = 0;
  if (!database_.run("SELECT kind, reason, since_us, until_us, probes FROM pause", soci::into(kind),
                     soci::into(state.reason), soci::into(since), soci::into(until),
                     soci::into(state.probes)))
    return std::nullopt;
  state.kind = kind_named(kind);
  state.since = from_microseconds(since);
  state.until = from_microseconds(until);
  return state;
}

void Pause::set(PauseState::Kind kind, const std::string& reason, Timestamp now, Timestamp until) {
  const std::string kind_name = name_of(kind);
  const std::int64_t now_us = to_microseconds(now);
  const std::int64_t until_us = to_microseconds(until);
  database_.run(R"sql(
        INSERT INTO pause (id, kind, reason, since_us, until_us)
        VALUES (1, :kind, :reason, :now, :until)
        ON CONFLICT (id) DO UPDATE SET
          since_us = CASE WHEN pause.kind = excluded.kind
                          THEN pause.since_us ELSE excluded.since_us END,
          probes = CASE WHEN pause.kind = excluded.kind THEN pause.probes ELSE 0 END,
          until_us = MAX(pause.until_us, excluded.until_us),
          kind = excluded.kind, reason = excluded.reason)sql",
                soci::use(kind_name), soci::use(reason), soci::use(now_us), soci::use(until_us));
}

void Pause::begin_probe(Timestamp until) {
  const std::int64_t until_us = to_microseconds(until);
  database_.run("UPDATE pause SET until_us = :until, probes = probes + 1", soci::use(until_us));
}

void Pause::end_probe(Timestamp until, Timestamp now) {
  const std::int64_t now_us = to_microseconds(now);
  const std::int64_t until_us = to_microseconds(until);
  database_.run("UPDATE pause SET until_us = :now WHERE until_us = :until", soci::use(now_us),
                soci::use(until_us));
}

void Pause::take_back_probe(Timestamp until, Timestamp now) {
  const std::int64_t now_us = to_microseconds(now);
  const std::int64_t until_us = to_microseconds(until);
  database_.run(
      "UPDATE pause SET until_us = :now, probes = MAX(probes - 1, 0) WHERE until_us = :until",
      soci::use(now_us), soci::use(until_us));
}

void Pause::end() {
  database_.run("DELETE FROM pause");
}

}  // namespace hookspool::store
