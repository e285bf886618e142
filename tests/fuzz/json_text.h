#pragma once

#include <json/value.h>

#include <string>

#include "event/utf8.h"

namespace hookspool::fuzz {

/// Whether every name and every text in a value is UTF-8. jsoncpp does not see to it.
inline bool holds_only_utf8(const Json::Value& value) {
  if (value.isString()) return event::is_utf8(value.asString());
  if (value.isObject()) {
    for (const std::string& name : value.getMemberNames()) {
      if (!event::is_utf8(name)) return false;
    }
  }
  if (!value.isObject() && !value.isArray()) return true;
  for (const Json::Value& member : value) {
    if (!holds_only_utf8(member)) return false;
  }
  return true;
}

}  // namespace hookspool::fuzz
