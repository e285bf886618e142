// The body of a POST: what is taken for an event, and that it comes out of the spool as it went in.

#include "event/event.h"

#include <algorithm>
#include <string>
#include <variant>
#include <vector>

#include "event/authorization.h"
#include "event/test_event.h"
#include "event/utf8.h"
#include "property.h"
#include "spool/record.h"

namespace hookspool {
namespace {

using fuzz::expect;

bool holds_only_utf8(const std::vector<event::Update>& updates) {
  return std::all_of(updates.begin(), updates.end(), [](const event::Update& update) {
    const auto* text = std::get_if<std::string>(&update.value);
    return event::is_utf8(update.name) && (text == nullptr || event::is_utf8(*text));
  });
}

void expect_sound(const event::Event& event) {
  expect(event.object_id > 0, "an object_id is positive");
  expect(static_cast<std::int64_t>(event.owner_id) > 0, "an owner_id is positive");
  expect(!event.subscription_id || static_cast<std::int64_t>(*event.subscription_id) > 0,
         "a subscription_id is positive");
  // Comparing it with the clock takes it to microseconds.
  expect(Timestamp(event.event_time) > Timestamp(), "an event_time fits into a Timestamp");
  expect(event::is_utf8(event.object_type) && event::is_utf8(event.aspect_type) &&
             holds_only_utf8(event.updates),
         "every text in an event is UTF-8");
  event::is_test(event);
}

void expect_same(const event::Event& one, const event::Event& other) {
  expect(one.kind == other.kind && one.object_type == other.object_type &&
             one.aspect_type == other.aspect_type && one.object_id == other.object_id &&
             one.owner_id == other.owner_id && one.subscription_id == other.subscription_id &&
             one.event_time == other.event_time && one.updates == other.updates,
         "an event is the same after the spool");
}

}  // namespace
}  // namespace hookspool

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hookspool;
  const std::string body(fuzz::text_of(data, size));
  const auto parsed = event::parse(body);
  const auto* event = std::get_if<event::Event>(&parsed);
  event::parse_authorization(body);
  if (event == nullptr) {
    expect(!std::get<event::Malformed>(parsed).reason.empty(), "a refusal has a reason");
    return 0;
  }
  expect_sound(*event);
  expect(!event::parse_authorization(body), "no POST passes for an authorization");

  std::string line = spool::encode({Timestamp(), "id", body, ""});
  line.pop_back();
  expect(line.find('\n') == std::string::npos, "a record is one line");
  const auto record = spool::decode(line);
  expect(record && record->body == body, "a body comes out of the spool byte for byte");
  const auto again = event::parse(record->body);
  expect_same(*event, std::get<event::Event>(again));
  return 0;
}
