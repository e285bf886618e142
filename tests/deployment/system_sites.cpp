#include "deployment/system_sites.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "base/descriptor.h"
#include "base/file_content.h"
#include "deployment/apache.h"

namespace hookspool::deployment {
namespace {

/// The one user that web servers have in common on Debian.
constexpr const char* kWebUser = "www-data";

class SystemSite : public Site {
 public:
  std::string callback_url() const override { return "https://www.example.org/strava/webhook"; }
  std::filesystem::path spool() const override { return machine().path("/var/spool/hookspool"); }
  e2e::Finished ctl(const Machine::Command& arguments, const std::string& input) const override {
    return machine().run(as_hookspool("hookspoolctl", arguments), input);
  }
  e2e::Finished fetch() const override {
    return machine().run(as_hookspool("hookspool-fetcher", {"--drain"}));
  }
  e2e::Finished doctor() const override { return machine().run({"hookspoolctl", "doctor"}); }

 protected:
  void install() override {
    const e2e::Finished installed =
        e2e::run({"make", "install", "DESTDIR=" + machine().path("/").string(),
                  "BUILD=" + e2e::build_directory().string()});
    if (installed.exit_code != 0) throw std::runtime_error("make install: " + installed.errors);
    machine().must({"systemd-sysusers"});
    machine().must({"systemd-tmpfiles", "--create", "hookspool.conf"});
  }

  void configure() override {
    machine().write("/root/client-secret", e2e::Strava::kClientSecret);
    Machine::Command command{"hookspoolctl"};
    const Machine::Command options = init_options("/root/client-secret");
    command.insert(command.end(), options.begin(), options.end());
    machine().must(command);
  }

 private:
  static Machine::Command as_hookspool(const std::string& program,
                                       const Machine::Command& arguments) {
    Machine::Command command{program};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return as_user("hookspool", command);
  }
};

/// The web server starts receivers itself, as its own user.
class SpawningSite : public SystemSite {
 public:
  e2e::Finished doctor() const override {
    return machine().run({"hookspoolctl", "doctor", "--web-user", kWebUser});
  }
  void lose_receivers() override {
    break_program("/usr/local/lib/hookspool/hookspool.fcgi");
    end_receivers_and_wait();
  }

 protected:
  void configure() override {
    SystemSite::configure();
    machine().must({"usermod", "-aG", "hookspool-receiver", kWebUser});
  }
};

/// What systemd/hookspool-receiver.socket has for that key.
std::string socket_setting(const std::string& key) {
  const std::string unit = read_file("systemd/hookspool-receiver.socket");
  const std::string beginning = "\n" + key + "=";
  const std::size_t found = unit.find(beginning);
  if (found == std::string::npos) throw std::runtime_error("the socket's unit has no " + key);
  const std::size_t begin = found + beginning.size();
  return unit.substr(begin, unit.find('\n', begin) - begin);
}

/// A receiver on a socket that is held open for it, as systemd/hookspool-receiver.socket says it.
class SocketSite : public SystemSite {
 public:
  void end_receivers() override {
    receiver_->send(SIGTERM);
    receiver_->wait();
    start_receiver();
  }
  void lose_receivers() override {
    receiver_->stop();
    socket_ = Descriptor();
    std::filesystem::remove(machine().path(socket_setting("ListenStream")));
  }

 protected:
  void configure() override {
    SystemSite::configure();
    listen();
    start_receiver();
  }

 private:
  void listen() {
    const std::string inside = socket_setting("ListenStream");
    const std::filesystem::path path = machine().path(inside);
    std::filesystem::create_directories(path.parent_path());
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    socket_ = Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket_ ||
        ::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(socket_.get(), std::stoi(socket_setting("Backlog"))) != 0) {
      throw std::runtime_error("cannot listen on " + path.string() + ": " + std::strerror(errno));
    }
    machine().must(
        {"chown", socket_setting("SocketUser") + ":" + socket_setting("SocketGroup"), inside});
    machine().must({"chmod", socket_setting("SocketMode"), inside});
  }

  void start_receiver() {
    receiver_.emplace(machine().start(
        as_user("hookspool-receiver",
                {"sh", "-c",
                 "umask 0007; exec /usr/local/lib/hookspool/hookspool.fcgi --config "
                 "/etc/hookspool/hookspool.toml"}),
        "receiver.log", socket_.get()));
  }

  Descriptor socket_;
  std::optional<e2e::Program> receiver_;
};

class NginxSite final : public SocketSite {
 public:
  void start_web_server() override { run_web_server({"nginx", "-g", "daemon off;"}); }
  void reload_web_server() override { machine().must({"nginx", "-s", "reload"}); }

 private:
  void configure_web_server() override {
    ship("nginx/hookspool-upstream.conf", "/etc/nginx/conf.d/hookspool.conf");
    ship("nginx/hookspool-location.conf", "/etc/nginx/hookspool-location.conf");
    ship("nginx/hookspool-server.conf", "/etc/nginx/conf.d/strava.conf");
  }
};

template <typename Base>
class ApacheSite : public Base {
 public:
  ApacheSite(const char* file, const char* module) : file_(file), module_(module) {}

  void start_web_server() override { this->run_web_server(kApacheInForeground); }
  void reload_web_server() override { this->machine().must({"apachectl", "graceful"}); }

 private:
  void configure_web_server() override {
    const Machine& machine = this->machine();
    enable(machine, {"ssl", "setenvif", module_});
    this->ship("apache/hookspool-virtual-host.conf", "/etc/apache2/sites-enabled/hookspool.conf");
    this->ship(file_, "/etc/apache2/hookspool.conf");
  }

  const char* file_;
  const char* module_;
};

class LighttpdSite final : public SpawningSite {
 public:
  void start_web_server() override {
    run_web_server({"lighttpd", "-D", "-f", "/etc/lighttpd/lighttpd.conf"});
  }
  void reload_web_server() override { web_server().send(SIGUSR1); }

 private:
  void configure_web_server() override {
    machine().must({"install", "-d", "-o", kWebUser, "/run/lighttpd"});
    ship("docs/lighttpd-host.conf", "/etc/lighttpd/conf-available/05-hookspool-host.conf");
    ship("docs/lighttpd.conf", "/etc/lighttpd/conf-available/10-hookspool.conf");
    // With a log of what was asked for, where the verify token must not be.
    for (const char* part : {"hookspool-host", "hookspool", "accesslog"}) {
      machine().must({"lighty-enable-mod", part});
    }
    const e2e::Finished tried =
        machine().run({"lighttpd", "-tt", "-f", "/etc/lighttpd/lighttpd.conf"});
    if (tried.errors.find("WARNING") != std::string::npos) throw std::runtime_error(tried.errors);
  }
};

class CaddySite final : public SocketSite {
 public:
  /// A warning: its own authority's certificates are for half a day.
  int good_health() const override { return 1; }
  void start_web_server() override {
    run_web_server({"setpriv", "--reuid=caddy", "--regid=caddy", "--init-groups",
                    "--inh-caps=+net_bind_service", "--ambient-caps=+net_bind_service", "env",
                    "HOME=/var/lib/caddy", "caddy", "run", "--config", "/etc/caddy/Caddyfile"});
  }
  void reload_web_server() override {
    machine().must({"caddy", "reload", "--config", "/etc/caddy/Caddyfile"});
  }

 private:
  void configure_web_server() override {
    machine().must({"usermod", "-aG", kWebUser, "caddy"});
    // Without a way to an authority, Caddy issues certificates itself, below ours.
    const std::string directory = "/etc/letsencrypt/live/www.example.org/";
    machine().write("/etc/caddy/authority",
                    "local_certs\nskip_install_trust\npki {\n ca local {\n root {\n cert " +
                        directory + "fullchain.pem\n key " + directory +
                        "privkey.pem\n }\n }\n}\n");
    // There can be only one block of global options.
    std::string text = read_file("docs/Caddyfile");
    const std::string global = "\n{\n";
    text.insert(text.find(global) + global.size(), "import /etc/caddy/authority\n");
    machine().write("/etc/caddy/Caddyfile", text);
  }
};

}  // namespace

std::unique_ptr<Site> nginx_site() {
  return std::make_unique<NginxSite>();
}
std::unique_ptr<Site> apache_proxy_fcgi_site() {
  return std::make_unique<ApacheSite<SocketSite>>("apache/hookspool-proxy-fcgi.conf", "proxy_fcgi");
}
std::unique_ptr<Site> apache_fcgid_site() {
  return std::make_unique<ApacheSite<SpawningSite>>("apache/hookspool-fcgid.conf", "fcgid");
}
std::unique_ptr<Site> apache_cgi_site() {
  return std::make_unique<ApacheSite<SpawningSite>>("apache/hookspool-cgi.conf", "cgid");
}
std::unique_ptr<Site> lighttpd_site() {
  return std::make_unique<LighttpdSite>();
}
std::unique_ptr<Site> caddy_site() {
  return std::make_unique<CaddySite>();
}

}  // namespace hookspool::deployment
