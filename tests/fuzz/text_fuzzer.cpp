// Text that others wrote: whether it is UTF-8, which glibc is asked too, and what of it is printed.

#include <iconv.h>

#include <memory>
#include <string>
#include <vector>

#include "event/utf8.h"
#include "property.h"
#include "strava/printable_text.h"

namespace hookspool {
namespace {

using fuzz::expect;

bool glibc_takes_it(std::string text) {
  static const iconv_t to_utf32 = ::iconv_open("UTF-32LE", "UTF-8");
  ::iconv(to_utf32, nullptr, nullptr, nullptr, nullptr);
  std::vector<char> room(4 * text.size() + 4);
  char* in = text.data();
  char* out = room.data();
  std::size_t in_left = text.size();
  std::size_t out_left = room.size();
  return ::iconv(to_utf32, &in, &in_left, &out, &out_left) != static_cast<std::size_t>(-1);
}

void expect_printable(const std::string& text) {
  expect(event::is_utf8(text), "what is printed is UTF-8");
  expect(text.find_first_of(std::string_view("\0\t\n\r\x1B\x7F", 6)) == std::string::npos,
         "what is printed has no control characters");
  expect(strava::printable(text) == text, "what is printable stays as it is");
}

}  // namespace
}  // namespace hookspool

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hookspool;
  const std::string text(fuzz::text_of(data, size));
  expect(event::is_utf8(text) == glibc_takes_it(text), "what is UTF-8 does not depend on who says");
  expect_printable(strava::printable(text));
  for (const std::size_t longest : {0, 1, 3, 4, 10, 200}) {
    const std::string cut = strava::printable(text, longest);
    expect_printable(cut);
    constexpr std::size_t kEllipsis = 3;
    expect(cut.size() <= std::max(longest, kEllipsis), "it is cut to what was asked for");
  }
  return 0;
}
