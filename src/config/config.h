#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/secret.h"
#include "event/accept_filter.h"
#include "event/event.h"

/// The sections of hookspool.toml as the programs use them. docs/configuration.md lists every key
/// with its meaning and default.
namespace hookspool::config {

struct ReceiverConfig {
  std::filesystem::path spool;
  Secret verify_token;
  event::AcceptFilter accept;
  /// Overrides what spool/subscription says.
  std::optional<event::SubscriptionId> subscription_id;
  /// In bytes. Strava's events are below 1 KiB; 32 KiB leaves room for what may come.
  std::size_t max_body = 32 * 1024;
  /// How many threads read requests; one more commits. One is enough for a web server on two cores,
  /// and keeps batches large; it never waits for a slow client.
  unsigned threads = 1;
};

struct StravaConfig {
  std::int64_t client_id = 0;
  Secret client_secret;
  /// Where Strava reaches the receiver; empty if the key is missing.
  std::string callback_url;
  /// Base of the API, with or without a path prefix, never with a slash at the end.
  std::string api_url = "https://www.strava.com/api/v3";
  /// Base of token, authorize and revoke, never with a slash at the end.
  std::string oauth_url = "https://www.strava.com/oauth";
};

struct StoreConfig {
  /// "sqlite:<path>".
  std::string url = "sqlite:/var/lib/hookspool/hookspool.db";
};

struct FetcherConfig {
  /// How many requests to Strava may be under way at once.
  unsigned concurrency = 4;
  /// For how long a job that meets passing faults is tried again before it is given up.
  std::chrono::seconds retry_for = std::chrono::days(7);
  /// How often the spool and the jobs are looked at even if nothing woke the fetcher.
  std::chrono::seconds scan_every = std::chrono::seconds(60);
};

}  // namespace hookspool::config
