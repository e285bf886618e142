#pragma once

#include <string>

#include "store/database.h"
#include "store/notifications.h"

namespace hookspool::fetcher {

/// What a consumer is told of a change: the JSON object that docs/notifications.md describes, with
/// what is stored of the activity at this moment.
std::string message_of(const store::Notification& notification, store::Database& database);

}  // namespace hookspool::fetcher
