#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

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
  /// How many threads read requests while one more commits. One is enough for a web server on two
  /// cores, and keeps batches large; it never waits for a slow client.
  unsigned threads = 1;
  /// Whether the receiver gives up what serving does not take.
  bool sandbox = true;
};

/// What is made of the X-Strava-Signature of an event.
enum class SignatureCheck {
  kOff,
  kLog,      ///< a wrong one is counted and logged
  kRequire,  ///< an event without a right one leads to nothing
};

struct StravaConfig {
  std::int64_t client_id = 0;
  Secret client_secret;
  /// Where Strava reaches the receiver; empty if the key is missing.
  std::string callback_url;
  /// Bases of the API, one to three, with or without a path prefix, never with a slash at the end:
  /// the first that has the API is used. Strava's of today, and those of which Strava has written
  /// that they take its place in 2027.
  std::vector<std::string> api_urls = {"https://www.strava.com/api/v3", "https://api-v3.strava.com",
                                       "https://www.api-v3.strava.com"};
  /// Base of token, authorize and revoke, never with a slash at the end.
  std::string oauth_url = "https://www.strava.com/oauth";
  SignatureCheck signature = SignatureCheck::kLog;
  /// The key of the signatures; empty: the client secret.
  Secret signing_secret;
};

struct StoreConfig {
  /// "sqlite:<absolute path>".
  std::string url = "sqlite:/var/lib/hookspool/hookspool.db";
};

struct FetcherConfig {
  /// How many requests to Strava may be under way at once.
  unsigned concurrency = 4;
  /// For how long a job that meets passing faults is tried again before it is given up.
  std::chrono::seconds retry_for = std::chrono::days(7);
  /// How often the spool and the jobs are looked at even if nothing woke the fetcher.
  std::chrono::seconds scan_every = std::chrono::seconds(60);
  /// The share of the rate limit that is kept for fresh events, from 0 to 1.
  double reserve = 0.2;
  /// The streams that are kept of each activity, by Strava's names; none: no call is spent on them.
  std::vector<std::string> streams;
  /// Whether a new activity is looked at again until Strava has finished with it.
  bool settle = true;
  /// How often recent activities are listed, to repair what webhooks missed; 0: never.
  std::chrono::seconds reconcile_every = std::chrono::hours(12);
  /// How far back; by the start of the activities.
  std::chrono::seconds reconcile_back = std::chrono::days(30);
  /// A listing that would remove a larger share of an athlete's activities asks first; from 0 to 1.
  double remove_at_most = 0.1;
  /// For how long an activity is kept after it was fetched; nothing: while Strava has it.
  std::optional<std::chrono::seconds> retention;
  /// For how long the journal keeps what came in.
  std::chrono::seconds keep_events = std::chrono::days(30);
};

/// Who is told of changes.
struct NotifyConfig {
  /// A program, run for each change; empty: none.
  std::filesystem::path command;
  /// How long it may run.
  std::chrono::seconds command_timeout = std::chrono::seconds(60);
  /// How many of it may run at once.
  unsigned command_concurrency = 2;
  /// Who gets a POST for each change.
  std::vector<std::string> urls;
  /// Signs them: what follows "whsec_" in the manner of Standard Webhooks; empty: unsigned.
  Secret secret;
  /// For how long one that fails is tried again.
  std::chrono::seconds retry_for = std::chrono::days(3);
};

/// When something is wrong enough to tell.
struct AlertConfig {
  /// An event's job that has waited for longer.
  std::chrono::seconds backlog = std::chrono::hours(6);
  /// No event for so long, though reconciliation found activities.
  std::chrono::seconds silence = std::chrono::days(3);
  /// The share of the disk that must stay free, from 0 to 1.
  double disk_free = 0.05;
};

}  // namespace hookspool::config
