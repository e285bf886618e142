#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace hookspool::spool {

/// One event as it stands in the spool.
struct Record {
  Timestamp received;     ///< when the receiver had read it
  std::string id;         ///< unique across processes and machines
  std::string body;       ///< what Strava posted, byte for byte; valid UTF-8
  std::string signature;  ///< X-Strava-Signature, or empty if there was none
};

/// A new record id: a UUID of version 7 (RFC 9562), so that ids sort by time.
/// \throws SystemError  the system has no random numbers
std::string new_record_id(Timestamp now);

/// The record's line in a segment, newline included: the CRC-32 of the rest in eight hex digits, a
/// space, a JSON object. docs/spool-format.md shows one byte by byte.
std::string encode(const Record& record);

/// What a line without its newline says; nothing if it is torn or damaged.
std::optional<Record> decode(std::string_view line);

}  // namespace hookspool::spool
