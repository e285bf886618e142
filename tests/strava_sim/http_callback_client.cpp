#include "strava_sim/http_callback_client.h"

#include <mutex>
#include <set>
#include <utility>

#include "strava_sim/http_library.h"
#include "strava_sim/url.h"

namespace hookspool::strava_sim {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// The requests under way, so that stop() can interrupt them.
struct HttpCallbackClient::Connections {
  std::mutex mutex;
  std::set<httplib::Client*> open;
  bool stopped = false;

  bool add(httplib::Client& client) {
    const std::lock_guard lock(mutex);
    if (!stopped) open.insert(&client);
    return !stopped;
  }

  void remove(httplib::Client& client) {
    const std::lock_guard lock(mutex);
    open.erase(&client);
  }
};

HttpCallbackClient::HttpCallbackClient(std::string ca_file)
    : ca_file_(std::move(ca_file)), connections_(std::make_unique<Connections>()) {}

HttpCallbackClient::~HttpCallbackClient() = default;

CallbackAnswer HttpCallbackClient::send(const CallbackRequest& request, milliseconds limit) {
  CallbackAnswer answer;
  const auto url = parse_url(request.url);
  if (!url) {
    answer.error = "not an http or https URL";
    return answer;
  }
  httplib::Client client(url->origin);
  client.set_url_encode(false);
  client.set_tcp_nodelay(true);
  client.set_connection_timeout(limit);
  client.set_read_timeout(limit);
  client.set_write_timeout(limit);
  if (!ca_file_.empty()) client.set_ca_cert_path(ca_file_);

  httplib::Request message;
  message.method = request.method;
  message.path = url->target;
  message.body = request.body;
  message.headers.insert(request.headers.begin(), request.headers.end());

  if (!connections_->add(client)) {
    answer.error = "stopped";
    return answer;
  }
  const auto begin = steady_clock::now();
  const httplib::Result result = client.send(message);
  answer.duration = std::chrono::duration_cast<milliseconds>(steady_clock::now() - begin);
  connections_->remove(client);

  if (!result) {
    answer.error = httplib::to_string(result.error());
  } else if (answer.duration > limit) {
    // The library's time limit is for each read; a trickling answer would get round it.
    answer.error = "complete only after the limit";
  } else {
    answer.status = result->status;
    answer.content_type = result->get_header_value("Content-Type");
    answer.body = result->body;
  }
  return answer;
}

void HttpCallbackClient::stop() {
  const std::lock_guard lock(connections_->mutex);
  connections_->stopped = true;
  for (httplib::Client* client : connections_->open) client->stop();
}

}  // namespace hookspool::strava_sim
