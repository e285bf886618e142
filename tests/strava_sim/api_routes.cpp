#include "strava_sim/api_routes.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <functional>
#include <sstream>
#include <utility>

#include "strava_sim/activity_json.h"
#include "strava_sim/json_text.h"
#include "strava_sim/oauth_routes.h"
#include "strava_sim/strava_errors.h"
#include "strava_sim/streams.h"
#include "strava_sim/track.h"

namespace hookspool::strava_sim {

namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

/// Writes an answer. What it needs is copied while the mutex is held; the writing, which takes
/// longer, happens without it.
using Writer = std::function<HttpAnswer()>;

Writer just(HttpAnswer answer) {
  return [answer = std::move(answer)] { return answer; };
}

HttpAnswer json_answer(const Json::Value& body) {
  HttpAnswer answer;
  answer.body = to_text(body);
  return answer;
}

std::optional<std::int64_t> integer(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool is_true(const std::optional<std::string>& parameter) {
  return parameter == "true" || parameter == "1";
}

/// One call, with everything that was found out about it. Lives while the mutex is held.
struct Call {
  Simulation& simulation;
  const HttpRequest& request;
  Bearer bearer;
  sys_seconds now;

  const Switches& switches() const { return simulation.world.switches; }
  Writer not_found() const { return just(activity_not_found(switches().not_found_form)); }

  bool may_see(const Activity& activity) const {
    return activity.athlete == bearer.athlete &&
           (bearer.scopes.read_all_activities() || !activity.only_me()) &&
           now >= activity.created + seconds(switches().object_readable_after_seconds);
  }

  std::optional<Activity> find(const std::string& id) const {
    const auto wanted = integer(id);
    if (!wanted) return std::nullopt;
    auto activity = simulation.world.activities.find(ActivityId{*wanted});
    if (!activity || !may_see(*activity)) return std::nullopt;
    return activity;
  }
};

Writer show_activity(const Call& call, const std::string& id) {
  const auto activity = call.find(id);
  if (!activity) return call.not_found();
  const bool efforts_ready =
      call.now >= activity->created + seconds(call.switches().efforts_ready_after_seconds);
  return [activity = *activity, form = call.switches().data_form, efforts_ready,
          all_efforts = is_true(call.request.parameter("include_all_efforts"))] {
    Json::Value json = detailed_activity(activity, form, all_efforts);
    if (!efforts_ready) json["segment_efforts"] = Json::Value(Json::arrayValue);
    return json_answer(json);
  };
}

Writer no_streams(const Call& call, NoStreamsAnswer form, bool key_by_type) {
  if (form == NoStreamsAnswer::kNotFound) return call.not_found();
  return just(json_answer(key_by_type ? empty_object() : empty_array()));
}

StreamQuery stream_query(const Call& call) {
  StreamQuery query;
  std::istringstream keys(call.request.parameter("keys").value_or(""));
  for (std::string key; std::getline(keys, key, ',');) query.keys.push_back(key);
  query.key_by_type = is_true(call.request.parameter("key_by_type"));
  if (call.request.parameter("resolution") == "low") query.resolution = Resolution::kLow;
  if (call.request.parameter("resolution") == "medium") query.resolution = Resolution::kMedium;
  query.nulls = call.switches().streams_nulls;
  query.distance_unasked = call.switches().streams_distance_unasked;
  return query;
}

Writer show_streams(const Call& call, const std::string& id) {
  const auto activity = call.find(id);
  if (!activity) return call.not_found();
  const Switches& switches = call.switches();
  const StreamQuery query = stream_query(call);
  if (call.now < activity->created + seconds(switches.streams_ready_after_seconds)) {
    return no_streams(call, switches.streams_not_ready_answer, query.key_by_type);
  }
  if (activity->manual) {
    return no_streams(call, switches.streams_manual_answer, query.key_by_type);
  }
  return
      [activity = *activity, query] { return json_answer(streams_of(track_of(activity), query)); };
}

/// What GET /athlete/activities asks for.
struct ListQuery {
  std::optional<std::int64_t> before;
  std::optional<std::int64_t> after;
  std::int64_t page = 1;
  std::int64_t per_page = 30;
};

/// Nothing if a parameter is no number in its range; `wrong` then holds its name.
std::optional<ListQuery> list_query(const HttpRequest& request, std::string& wrong) {
  ListQuery query;
  for (const char* name : {"before", "after", "page", "per_page"}) {
    const auto text = request.parameter(name);
    if (!text) continue;
    wrong = name;
    const auto value = integer(*text);
    if (!value) return std::nullopt;
    if (wrong == "before") query.before = value;
    if (wrong == "after") query.after = value;
    if (wrong == "page") query.page = *value;
    if (wrong == "per_page") query.per_page = *value;
    if (query.page < 1 || query.per_page < 1) return std::nullopt;
  }
  return query;
}

/// An order that looks like none, yet is the same for every page.
std::uint64_t shuffled_rank(const Activity& activity) {
  return static_cast<std::uint64_t>(number(activity.id)) * 0x9E3779B97F4A7C15U;
}

std::vector<Activity> visible_activities(const Call& call, const ListQuery& query) {
  std::vector<Activity> list = call.simulation.world.activities.of_athlete(call.bearer.athlete);
  std::erase_if(list, [&](const Activity& activity) {
    const std::int64_t start = activity.start.time_since_epoch().count();
    return !call.may_see(activity) || (query.before && start >= *query.before) ||
           (query.after && start <= *query.after);
  });
  if (call.switches().list_order == ListOrder::kOldestFirst) std::reverse(list.begin(), list.end());
  if (call.switches().list_order == ListOrder::kShuffled) {
    std::sort(list.begin(), list.end(), [](const Activity& left, const Activity& right) {
      return shuffled_rank(left) < shuffled_rank(right);
    });
  }
  return list;
}

Writer list_activities(const Call& call) {
  constexpr std::int64_t kLargestPage = 200;
  std::string wrong;
  auto query = list_query(call.request, wrong);
  if (!query) return just(bad_request("Application", wrong, "invalid"));
  if (query->per_page > kLargestPage &&
      call.switches().list_oversized_page == OversizedPage::kRefused) {
    return just(bad_request("Application", "per page", "limit exceeded"));
  }
  query->per_page = std::min(query->per_page, kLargestPage);
  // Fewer than asked for, on every page: nothing is left out, there are just more pages.
  if (call.switches().list_short_pages)
    query->per_page = std::max<std::int64_t>(1, query->per_page * 2 / 3);

  std::vector<Activity> list = visible_activities(call, *query);
  const auto size = static_cast<std::int64_t>(list.size());
  const std::int64_t first =
      query->page > size ? size : std::min(size, (query->page - 1) * query->per_page);
  const std::int64_t last = std::min(size, first + query->per_page);
  std::vector<Activity> page(list.begin() + first, list.begin() + last);
  return [page = std::move(page), form = call.switches().data_form] {
    Json::Value json = empty_array();
    for (const Activity& activity : page) json.append(summary_activity(activity, form));
    return json_answer(json);
  };
}

Writer show_athlete(const Call& call) {
  const Athletes& athletes = call.simulation.world.athletes;
  const bool detail = call.bearer.scopes.has("profile:read_all");
  return just(json_answer(detail ? athletes.detail(call.bearer.athlete)
                                 : athletes.summary(call.bearer.athlete)));
}

/// The fields of an UpdatableActivity, from a JSON body or from a form.
Json::Value edited_fields(const HttpRequest& request) {
  Json::Value given = empty_object();
  if (request.header("content-type").rfind("application/json", 0) == 0) {
    const auto json = parse_json(request.body);
    if (json && json->isObject()) given = *json;
  } else {
    for (const auto& [name, value] : request.parameters) given[name] = value;
  }
  Json::Value fields = empty_object();
  for (const char* name : {"name", "type", "sport_type", "description", "gear_id"}) {
    if (given[name].isString()) fields[name] = given[name];
  }
  for (const char* name : {"commute", "trainer", "hide_from_home"}) {
    if (given.isMember(name))
      fields[name] = given[name] == true || given[name] == "true" || given[name] == "1";
  }
  return fields;
}

Writer edit_activity(const Call& call, const std::string& id) {
  const auto activity = call.find(id);
  if (!activity) return call.not_found();
  const ActivityWish wish = activity_wish(edited_fields(call.request));
  const auto edited =
      call.simulation.change_activity(activity->id, wish, call.switches().own_edits_send_events);
  return [edited = *edited, form = call.switches().data_form] {
    return json_answer(detailed_activity(edited, form, false));
  };
}

/// "/activities/1/streams" → "1", "streams"
std::pair<std::string, std::string> activity_and_rest(const std::string& path) {
  const std::string after = path.substr(std::string("/activities/").size());
  const std::size_t slash = after.find('/');
  if (slash == std::string::npos) return {after, ""};
  return {after.substr(0, slash), after.substr(slash + 1)};
}

Writer route(const Call& call, const std::string& path) {
  const std::string& method = call.request.method;
  const bool reads_activities = call.bearer.scopes.read_activities();
  if (path == "/athlete" && method == "GET") return show_athlete(call);
  if (path == "/athlete/activities" && method == "GET") {
    if (!reads_activities) return just(missing_scope("activity:read_permission"));
    return list_activities(call);
  }
  if (path.rfind("/activities/", 0) != 0) return just(path_not_found());
  const auto [id, rest] = activity_and_rest(path);
  if (method == "GET" && (rest.empty() || rest == "streams")) {
    if (!reads_activities) return just(missing_scope("activity:read_permission"));
    return rest.empty() ? show_activity(call, id) : show_streams(call, id);
  }
  if (method == "PUT" && rest.empty()) {
    if (!call.bearer.scopes.has("activity:write")) {
      return just(missing_scope("activity:write_permission"));
    }
    return edit_activity(call, id);
  }
  return just(path_not_found());
}

std::string in_case(std::string name, HeaderCase form) {
  if (form == HeaderCase::kDocumented) return name;
  bool first = true;
  for (char& character : name) {
    const auto letter = static_cast<unsigned char>(character);
    if (!first || form == HeaderCase::kLower) character = static_cast<char>(std::tolower(letter));
    first = character == '-';
  }
  return name;
}

std::string pair_text(const RateFigures& figures) {
  return std::to_string(figures.quarter_hour) + "," + std::to_string(figures.day);
}

using Headers = std::vector<std::pair<std::string, std::string>>;

Headers rate_headers(const RateLimits::Verdict& verdict, const Switches& switches,
                     const std::string& path) {
  const bool streams = path.size() >= 8 && path.compare(path.size() - 8, 8, "/streams") == 0;
  if (switches.rate_limit_headers == RateHeaders::kNever ||
      (switches.rate_limit_headers == RateHeaders::kNotOnStreams && streams)) {
    return {};
  }
  const HeaderCase form = switches.rate_limit_header_case;
  return {{in_case("X-RateLimit-Limit", form), pair_text(switches.rate_limit_overall)},
          {in_case("X-RateLimit-Usage", form), pair_text(verdict.overall_usage)},
          {in_case("X-ReadRateLimit-Limit", form), pair_text(switches.rate_limit_read)},
          {in_case("X-ReadRateLimit-Usage", form), pair_text(verdict.read_usage)}};
}

}  // namespace

HttpAnswer answer_api(Simulation& simulation, const HttpRequest& request, const std::string& path) {
  Writer write;
  Headers headers;
  std::chrono::milliseconds latency{0};
  {
    const std::lock_guard lock(simulation.mutex);
    const Switches& switches = simulation.world.switches;
    const sys_seconds now = simulation.clock.now();
    const auto bearer = simulation.world.oauth.bearer(access_token_of(request, switches), now);
    latency = std::chrono::milliseconds(switches.api_latency_ms);
    if (!bearer) return bad_access_token();
    if (switches.app_inactive) return application_inactive();

    const RateLimits::Verdict verdict = simulation.world.rate_limits.count(
        now, RateLimits::Kind::kRead, switches.rate_limit_overall, switches.rate_limit_read);
    headers = rate_headers(verdict, switches, path);
    write = verdict.allowed || !switches.rate_limit_enforced
                ? route(Call{simulation, request, *bearer, now}, path)
                : just(rate_limit_exceeded(switches.rate_limit_body));
  }
  HttpAnswer answer = write();
  answer.headers.insert(answer.headers.end(), headers.begin(), headers.end());
  answer.delay = latency;
  return answer;
}

}  // namespace hookspool::strava_sim
