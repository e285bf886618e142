#include "ctl/redirect_listener.h"

#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "base/error.h"
#include "ctl/http_library.h"
#include "ctl/redirect.h"

namespace hookspool::ctl {
namespace {

constexpr const char* kPage = "text/html; charset=utf-8";

}  // namespace

class RedirectListener::Server {
 public:
  Server(int port, std::string state) : state_(std::move(state)) {
    server_.Get("/authorized", [this](const httplib::Request& request,
                                      httplib::Response& response) { answer(request, response); });
    // Not the library's SO_REUSEPORT, by which another program's port would be taken for free.
    server_.set_socket_options([](socket_t socket) {
      const int yes = 1;
      ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    });
    // Else the end would wait for the browser to close its connection.
    server_.set_keep_alive_max_count(1);
    if (port == 0) {
      port_ = server_.bind_to_any_port("127.0.0.1");
    } else if (server_.bind_to_port("127.0.0.1", port)) {
      port_ = port;
    }
    if (port_ <= 0) {
      throw Error(ExitCode::kUnavailable, "cannot listen on 127.0.0.1:" + std::to_string(port) +
                                              "; another program may have that port");
    }
    thread_ = std::jthread([this] { server_.listen_after_bind(); });
    // To stop it before it runs would have no effect.
    while (!server_.is_running()) std::this_thread::yield();
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server() { server_.stop(); }

  int port() const { return port_; }

  std::optional<event::Authorization> wait(std::chrono::seconds patience) {
    std::unique_lock lock(mutex_);
    arrived_.wait_for(lock, patience, [this] { return answer_.has_value(); });
    return answer_;
  }

 private:
  void answer(const httplib::Request& request, httplib::Response& response) {
    event::Authorization answer = parse_redirect(request.target);
    if (answer.state != state_) {
      response.status = 403;
      return response.set_content("<!DOCTYPE html><p>Nobody waits for this answer.</p>\n", kPage);
    }
    response.set_content(
        "<!DOCTYPE html><p>hookspoolctl has Strava's answer and goes on with it. You can close "
        "this page.</p>\n",
        kPage);
    const std::lock_guard lock(mutex_);
    if (!answer_) answer_ = std::move(answer);
    arrived_.notify_all();
  }

  std::string state_;
  httplib::Server server_;
  int port_ = 0;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::optional<event::Authorization> answer_;  // guarded by mutex_
  std::jthread thread_;                         // last: it uses all the others
};

RedirectListener::RedirectListener(int port, std::string state)
    : server_(std::make_unique<Server>(port, std::move(state))) {}

RedirectListener::~RedirectListener() = default;

std::string RedirectListener::redirect_uri() const {
  return "http://127.0.0.1:" + std::to_string(server_->port()) + "/authorized";
}

std::optional<event::Authorization> RedirectListener::wait(std::chrono::seconds patience) {
  return server_->wait(patience);
}

}  // namespace hookspool::ctl
