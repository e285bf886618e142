#include "strava_sim/http_server.h"

#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <condition_variable>
#include <ctime>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>

#include "strava_sim/connections.h"
#include "strava_sim/control_routes.h"
#include "strava_sim/form.h"
#include "strava_sim/http_library.h"
#include "strava_sim/strava_surface.h"

namespace hookspool::strava_sim {

using std::chrono::milliseconds;

namespace {

/// The library gives each open connection a thread of its own.
constexpr std::size_t kMostConnections = 192;

/// The library's five are too few when many clients connect at once.
constexpr int kListenBacklog = 512;

constexpr time_t kKeepAliveSeconds = 30;
constexpr std::size_t kRequestsPerConnection = 1'000'000'000;

/// Answers from this size on come in chunks, as Strava's do.
constexpr std::size_t kChunkedFrom = 16'384;

std::string in_lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return text;
}

HttpRequest understand(const httplib::Request& message) {
  HttpRequest request;
  request.method = message.method;
  request.path = message.path;
  const std::size_t question_mark = message.target.find('?');
  if (question_mark != std::string::npos) request.query = message.target.substr(question_mark + 1);
  request.body = message.body;
  for (const auto& [name, value] : message.headers)
    request.headers.emplace(in_lower_case(name), value);
  request.parameters = parse_form(request.query);
  if (request.header("content-type").rfind("application/x-www-form-urlencoded", 0) == 0) {
    request.parameters.merge(parse_form(request.body));
  }
  for (const auto& [name, part] : message.files) request.parameters.emplace(name, part.content);
  return request;
}

/// RFC 9110, section 5.6.7.
std::string http_date(std::chrono::sys_seconds time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[64];
  return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

/// Waits that end early when the server does.
class Pauses {
 public:
  /// Whether the whole time has passed.
  bool pause(milliseconds time) {
    std::unique_lock lock(mutex_);
    return !end_.wait_for(lock, time, [&] { return ended_; });
  }

  void end() {
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
    }
    end_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable end_;
  bool ended_ = false;
};

void send_in_pieces(HttpAnswer answer, Pauses& pauses, httplib::Response& message) {
  const std::size_t pieces = std::clamp<std::size_t>(answer.body.size(), 1, 50);
  const std::size_t piece = answer.body.size() / pieces;
  const std::string content_type = answer.content_type;
  const std::size_t size = answer.body.size();
  message.set_content_provider(
      size, content_type,
      [answer = std::move(answer), pieces, piece, &pauses](std::size_t offset, std::size_t length,
                                                           httplib::DataSink& sink) {
        const std::size_t now = std::min(piece, length);
        return pauses.pause(answer.delay / static_cast<int>(pieces)) &&
               sink.write(answer.body.data() + offset, now);
      });
}

void send_half(HttpAnswer answer, httplib::Response& message) {
  const std::string content_type = answer.content_type;
  const std::size_t size = answer.body.size();
  message.set_content_provider(
      size, content_type,
      [answer = std::move(answer)](std::size_t offset, std::size_t, httplib::DataSink& sink) {
        return offset == 0 && answer.body.size() > 1 &&
               sink.write(answer.body.data(), answer.body.size() / 2);
      });
}

void send_chunked(HttpAnswer answer, httplib::Response& message) {
  const std::string content_type = answer.content_type;
  message.set_chunked_content_provider(
      content_type, [answer = std::move(answer)](std::size_t offset, httplib::DataSink& sink) {
        if (offset >= answer.body.size()) {
          sink.done();
          return true;
        }
        constexpr std::size_t kChunk = 8192;
        return sink.write(answer.body.data() + offset,
                          std::min(kChunk, answer.body.size() - offset));
      });
}

}  // namespace

class HttpServer::Listener {
 public:
  Listener(Simulation& simulation, const ServerOptions& options)
      : simulation_(simulation),
        is_tls_(!options.tls_certificate_file.empty()),
        server_(is_tls_ ? std::make_unique<httplib::SSLServer>(options.tls_certificate_file.c_str(),
                                                               options.tls_key_file.c_str())
                        : std::make_unique<httplib::Server>()) {
    if (!server_->is_valid()) {
      throw std::runtime_error("cannot use the certificate " + options.tls_certificate_file +
                               " with the key " + options.tls_key_file);
    }
    configure();
    listen(options.port);
    thread_ = std::thread([this] {
      server_->listen_after_bind();
      ended_ = true;
    });
  }

  ~Listener() {
    // Stopping does nothing before the library has begun to listen.
    while (!server_->is_running() && !ended_) std::this_thread::yield();
    pauses_.end();
    server_->stop();
    // Idle connections would hold their threads until the keep-alive time is over.
    cut_connections(port_);
    thread_.join();
  }

  int port() const { return port_; }
  std::string url() const {
    return (is_tls_ ? "https" : "http") + std::string("://127.0.0.1:") + std::to_string(port_);
  }

 private:
  void configure() {
    server_->new_task_queue = [] { return new httplib::ThreadPool(kMostConnections); };
    server_->set_keep_alive_timeout(kKeepAliveSeconds);
    server_->set_keep_alive_max_count(kRequestsPerConnection);
    server_->set_tcp_nodelay(true);
    // By default the library would share a port with another simulator instead of refusing it.
    server_->set_socket_options([this](int descriptor) {
      const int yes = 1;
      setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
      listening_ = descriptor;
    });
    const auto handler = [this](const httplib::Request& message, httplib::Response& response) {
      respond(message, response);
    };
    server_->Get(".*", handler);
    server_->Post(".*", handler);
    server_->Put(".*", handler);
    server_->Patch(".*", handler);
    server_->Delete(".*", handler);
    server_->Options(".*", handler);
  }

  void listen(int port) {
    const char* const address = "127.0.0.1";
    port_ = port == 0 ? server_->bind_to_any_port(address) : port;
    const bool bound = port == 0 ? port_ > 0 : server_->bind_to_port(address, port);
    if (!bound) throw std::runtime_error("cannot listen on port " + std::to_string(port));
    ::listen(listening_, kListenBacklog);
  }

  void respond(const httplib::Request& message, httplib::Response& response) {
    const HttpRequest request = understand(message);
    const bool control = request.path.rfind("/_sim/", 0) == 0;
    HttpAnswer answer =
        control ? answer_control(simulation_, request) : answer_strava(simulation_, request);
    if (answer.transmission != Transmission::kTrickled && answer.delay > milliseconds::zero()) {
      pauses_.pause(answer.delay);
    }
    response.status = answer.status;
    response.set_header("Date", http_date(simulation_.clock.now()));
    for (const auto& [name, value] : answer.headers) response.set_header(name, value);
    switch (answer.transmission) {
      case Transmission::kCutBefore:
        cut_connections(port_, message.remote_port);
        break;
      case Transmission::kCutWithin:
        send_half(std::move(answer), response);
        break;
      case Transmission::kTrickled:
        send_in_pieces(std::move(answer), pauses_, response);
        break;
      case Transmission::kWhole:
        if (answer.body.size() >= kChunkedFrom) {
          send_chunked(std::move(answer), response);
        } else if (!answer.content_type.empty()) {
          response.set_content(answer.body, answer.content_type);
        }
    }
  }

  Simulation& simulation_;
  const bool is_tls_;
  Pauses pauses_;
  const std::unique_ptr<httplib::Server> server_;
  int listening_ = -1;
  int port_ = 0;
  std::atomic<bool> ended_ = false;
  std::thread thread_;
};

HttpServer::HttpServer(Simulation& simulation, const ServerOptions& options)
    : listener_(std::make_unique<Listener>(simulation, options)) {}

HttpServer::~HttpServer() = default;

int HttpServer::port() const {
  return listener_->port();
}
std::string HttpServer::url() const {
  return listener_->url();
}

}  // namespace hookspool::strava_sim
