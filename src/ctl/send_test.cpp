// hookspoolctl send-test

#include <json/value.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <variant>

#include "base/error.h"
#include "base/random_token.h"
#include "ctl/commands.h"
#include "ctl/subscription_file.h"
#include "ctl/table.h"
#include "event/test_event.h"
#include "spool/layout.h"
#include "spool/tail.h"
#include "store/events.h"
#include "strava/http_transport.h"
#include "strava/printable_text.h"

namespace hookspool::ctl {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const std::map<std::string, event::Kind> kKinds{
    {"create", event::Kind::kActivityCreate},
    {"update", event::Kind::kActivityUpdate},
    {"delete", event::Kind::kActivityDelete},
    {"deauthorize", event::Kind::kAthleteDeauthorize},
};

struct Options {
  event::Kind kind = event::Kind::kActivityCreate;
  unsigned timeout_seconds = 30;
};

/// Measured from before the event was posted.
struct Journey {
  bool filtered = false;
  milliseconds answered{};
  std::optional<milliseconds> in_spool;
  std::optional<milliseconds> at_fetcher;
};

/// What somebody in front of the receiver, or the receiver itself, may have against an event.
std::string advice_on(int status) {
  if (status >= 300 && status < 400) {
    return "; callback_url must be the final address, since Strava follows no redirect";
  }
  switch (status) {
    case 403:
      return "; is <spool>/subscription that of another application, or does something in front "
             "of the receiver keep strangers out?";
    case 404:
      return "; does the web server pass that path to the receiver?";
    case 413:
      return "; does the web server take bodies of 32 KiB?";
    case 502:
    case 504:
      return "; does the receiver run, and may the web server open its socket?";
    case 503:
      return "; the receiver cannot write its spool, and its log says why";
    default:
      return "";
  }
}

/// True if the receiver keeps the event, false if its filter leaves it out.
bool post(Context& context, const std::string& url, const std::string& body) {
  strava::HttpRequest request;
  request.method = strava::HttpMethod::kPost;
  request.url = url;
  request.headers.add("Content-Type", "application/json");
  request.body = Secret(body);
  const strava::HttpResult result = strava::perform(context.transport(), std::move(request));
  if (const auto* failure = std::get_if<strava::TransportFailure>(&result)) {
    throw Error(ExitCode::kUnavailable, "the event did not arrive: " + failure->reason);
  }
  const auto& response = std::get<strava::HttpResponse>(result);
  if (response.status != 200) {
    constexpr std::size_t kLongestQuote = 120;
    throw Error(ExitCode::kUnavailable, url + " answered " + std::to_string(response.status) +
                                            " (" + strava::printable(response.body, kLongestQuote) +
                                            ")" + advice_on(response.status));
  }
  if (response.body == "Kept.\n") return true;
  if (response.body == "Not wanted here.\n") return false;
  throw Error(
      ExitCode::kUnavailable,
      url + " answered 200, but not in hookspool's words; another program has that address");
}

class Stopwatch {
 public:
  milliseconds elapsed() const {
    return std::chrono::ceil<milliseconds>(std::chrono::steady_clock::now() - begun_);
  }

 private:
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

[[noreturn]] void fail_to_arrive(const Journey& journey, const spool::Layout& layout,
                                 unsigned timeout_seconds) {
  if (journey.in_spool) {
    throw Error(ExitCode::kTryAgain,
                "the event waits in the spool, and hookspool-fetcher has not taken it within " +
                    std::to_string(timeout_seconds) + " s; is it running?");
  }
  throw Error(ExitCode::kConfiguration,
              "the receiver kept the event, but not in " + layout.root().string() +
                  ", which hookspool.toml names; does it use another configuration?");
}

Journey send(Context& context, const Options& options) {
  const std::string url = context.config().strava().callback_url;
  if (url.empty()) {
    throw Error(ExitCode::kConfiguration, "strava.callback_url is not set in hookspool.toml");
  }
  const spool::Layout layout(context.config().spool());
  store::Events events(context.database());
  const std::string marker = random_token();
  const std::string body = event::test_event_body(options.kind, marker, context.clock().now(),
                                                  SubscriptionFile(layout.root()).read());
  Journey journey;
  const Stopwatch watch;
  journey.filtered = !post(context, url, body);
  journey.answered = watch.elapsed();
  if (journey.filtered) return journey;
  constexpr milliseconds kBetweenLooks{20};
  while (!journey.at_fetcher) {
    if (!journey.in_spool && spool::newest_records_hold(layout, marker)) {
      journey.in_spool = watch.elapsed();
    }
    if (events.has_test(marker)) journey.at_fetcher = watch.elapsed();
    if (watch.elapsed() > seconds(options.timeout_seconds)) break;
    if (!journey.at_fetcher) std::this_thread::sleep_for(kBetweenLooks);
  }
  if (!journey.at_fetcher) fail_to_arrive(journey, layout, options.timeout_seconds);
  return journey;
}

Json::Value json_of(const std::optional<milliseconds>& time) {
  return time ? Json::Value(static_cast<Json::Int64>(time->count())) : Json::Value();
}

std::string text_of(milliseconds time) {
  return std::to_string(time.count()) + " ms";
}

void print_table(Output& output, const Journey& journey) {
  Table table({{"STATION"}, {"AFTER", Table::Align::kRight}, {"WHAT HAPPENED"}});
  table.add_row({"receiver", text_of(journey.answered),
                 journey.filtered ? "answered, and left it out: its kind is not in receiver.accept"
                                  : "answered that it is kept"});
  if (journey.in_spool) {
    table.add_row({"spool", text_of(*journey.in_spool), "it was there"});
  }
  if (journey.at_fetcher) {
    table.add_row(
        {"fetcher", text_of(*journey.at_fetcher), "knew it for a test, and left it at that"});
  }
  output.print(table);
}

void send_test(Context& context, Output& output, const Options& options) {
  const Journey journey = send(context, options);
  if (!output.json()) return print_table(output, journey);
  Json::Value value;
  value["filtered"] = journey.filtered;
  value["receiver_ms"] = json_of(journey.answered);
  value["spool_ms"] = json_of(journey.in_spool);
  value["fetcher_ms"] = json_of(journey.at_fetcher);
  output.print(value);
}

}  // namespace

void declare_send_test(CLI::App& app, CommandLine& line) {
  auto* command = app.add_subcommand("send-test", "send a test event, and see how far it gets");
  const auto options = std::make_shared<Options>();
  command->add_option("KIND", options->kind, "create, update, delete or deauthorize")
      ->required()
      ->transform(CLI::Validator(
          [](std::string& kind) {
            const auto named = kKinds.find(kind);
            if (named == kKinds.end())
              return "\"" + kind + "\" is not create, update, delete or deauthorize";
            kind = std::to_string(static_cast<int>(named->second));
            return std::string();
          },
          ""))
      ->type_name("");
  command
      ->add_option("--timeout", options->timeout_seconds,
                   "how long to wait for hookspool-fetcher, in seconds (default: 30)")
      ->check(CLI::Range(1U, 3600U))
      ->type_name("SECONDS");
  add_json_flag(*command, line);
  command->footer(
      "The event goes to strava.callback_url, as Strava's do. Nothing comes of it: the\n"
      "fetcher knows it for a test. It needs no subscription.\n\n"
      "Example: hookspoolctl send-test create");
  command->callback([&line, options] {
    line.command = [options](Context& context, Output& output) {
      send_test(context, output, *options);
    };
  });
}

}  // namespace hookspool::ctl
