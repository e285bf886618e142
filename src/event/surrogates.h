#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hookspool::event {

/// A JSON text in which each escape of half a surrogate pair, such as \ud83d without the other
/// half, is replaced by \ufffd; every other character stays at its place. Nothing if there is none.
///
/// A title that was cut off in the middle of an emoji has one. It stands for no character; the
/// JSON libraries refuse the text for some, and make ill-formed UTF-8 of others.
std::optional<std::string> with_surrogates_mended(std::string_view json);

}  // namespace hookspool::event
