#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace hookspool::receiver {

/// A length in front of a name or a value: of one byte, or of four if the highest bit is set. Taken
/// off `content`; nothing if that is not there whole.
std::optional<std::size_t> take_length(std::string_view& content);

/// Looks at the lengths of a request's parameters while they arrive. It goes over each byte once
/// and keeps none but those of unfinished lengths: parameters may come in as many records as they
/// have bytes.
class ParameterLengths {
 public:
  /// Goes on with what follows. False from then on that a parameter says that it is too long to be
  /// true: libfcgi believes it, allocates as much, and takes the program down when it cannot. False
  /// also from then on that there are more than any web server sends on behalf of anybody honest:
  /// libfcgi allocates for each, and two bytes are enough to make one.
  bool follow(std::string_view content);

 private:
  std::string lengths_;     ///< of a name and a value, as far as they are there
  std::size_t unseen_ = 0;  ///< bytes of a name and a value that are still to come
  int parameters_ = 0;      ///< of which the lengths were there
  bool are_sound_ = true;
};

}  // namespace hookspool::receiver
