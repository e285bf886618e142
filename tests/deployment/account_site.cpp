#include "deployment/account_site.h"

#include <regex>
#include <stdexcept>

#include "base/file_content.h"
#include "deployment/apache.h"
#include "deployment/namespaces.h"
#include "deployment/page.h"

namespace hookspool::deployment {
namespace {

constexpr const char* kUser = "athlete";
constexpr const char* kPage = "docs/shared-hosting.md";
constexpr const char* kWebSpace = "/home/athlete/public_html";

class AccountSite : public Site {
 public:
  AccountSite(const std::filesystem::path& lower, const char* module)
      : Site(lower), module_(module) {}

  std::string callback_url() const override {
    return "https://www.example.org/strava/hookspool.fcgi";
  }
  std::filesystem::path spool() const override {
    return machine().path("/home/athlete/.local/share/hookspool/spool");
  }
  e2e::Finished ctl(const Machine::Command& arguments, const std::string& input) const override {
    return machine().run(as_athlete(programs() / "hookspoolctl", arguments), input);
  }
  e2e::Finished fetch() const override {
    // From cron.
    return machine().run(as_athlete(programs() / "hookspool-fetcher", {"--once"}));
  }
  e2e::Finished doctor() const override { return ctl({"doctor"}, ""); }
  /// docs/shared-hosting.md says so.
  std::set<std::string> logs_of_the_host() const override {
    return {"access.log", "other_vhosts_access.log"};
  }
  /// Above mod_fcgid's 128 KiB its answer is 500, which .htaccess cannot change.
  std::size_t longest_in_chunks() const override { return 100'000; }
  void lose_receivers() override {
    break_program(std::filesystem::path(kWebSpace) / "strava/hookspool.fcgi");
    end_receivers_and_wait();
  }

  void start_web_server() override { run_web_server(kApacheInForeground); }
  void reload_web_server() override { machine().must({"apachectl", "graceful"}); }

 protected:
  /// Where the user has the programs.
  virtual std::filesystem::path programs() const { return "/home/athlete/bin"; }

  void make_account() const {
    machine().must({"useradd", "--create-home", "--shell", "/bin/sh", kUser});
    machine().must({"chmod", "755", "/home/athlete"});
  }

  void install() override {
    make_account();
    for (const char* program : {"hookspoolctl", "hookspool-fetcher"}) {
      copy(e2e::build_directory() / program, programs() / program);
    }
    copy(e2e::build_directory() / "hookspool.fcgi",
         std::filesystem::path(kWebSpace) / "strava/hookspool.fcgi");
    ship("apache/shared-hosting.htaccess", std::string(kWebSpace) + "/strava/.htaccess");
    give_home_to_user();
  }

  void configure() override {
    machine().write("/home/athlete/secret", e2e::Strava::kClientSecret);
    const e2e::Finished configured = ctl(init_options("/home/athlete/secret"), "");
    if (configured.exit_code != 0) throw std::runtime_error("init: " + configured.errors);
  }

  /// What the host's administrator has done.
  void configure_web_server() override {
    enable(machine(), {"ssl", "suexec", module_});
    machine().write("/etc/apache2/suexec/www-data", "/home\npublic_html\n");
    machine().must({"update-alternatives", "--set", "suexec", "/usr/lib/apache2/suexec-custom"});
    machine().write("/etc/apache2/sites-enabled/host.conf",
                    "<VirtualHost *:443>\n ServerName www.example.org\n SSLEngine on\n"
                    " SSLCertificateFile /etc/letsencrypt/live/www.example.org/fullchain.pem\n"
                    " SSLCertificateKeyFile /etc/letsencrypt/live/www.example.org/privkey.pem\n"
                    " DocumentRoot /home/athlete/public_html\n SuexecUserGroup athlete athlete\n"
                    " <Directory /home/athlete/public_html>\n  AllowOverride All\n"
                    "  Require all granted\n </Directory>\n</VirtualHost>\n");
  }

  void copy(const std::filesystem::path& from, const std::filesystem::path& inside) const {
    const std::filesystem::path to = machine().path(inside);
    std::filesystem::create_directories(to.parent_path());
    std::filesystem::copy_file(from, to);
  }
  void give_home_to_user() const {
    machine().must({"chown", "-R", std::string(kUser) + ":" + kUser, "/home/athlete"});
  }

 private:
  static Machine::Command as_athlete(const std::filesystem::path& program,
                                     const Machine::Command& arguments) {
    Machine::Command command{program};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return as_user(kUser, command);
  }

  const char* module_;
};

std::filesystem::path debian_11() {
  return e2e::build_directory() / "debian-11";
}

class BundleSite : public AccountSite {
 public:
  explicit BundleSite(const char* module) : AccountSite(debian_11(), module) {}

 protected:
  std::filesystem::path programs() const override { return "/home/athlete/hookspool"; }

  /// As docs/shared-hosting.md says it.
  void install() override {
    make_account();
    copy(e2e::built_bundle(), "/home/athlete/hookspool.tar.gz");
    machine().must({"tar", "xf", "/home/athlete/hookspool.tar.gz", "-C", "/home/athlete"});
    const std::string strava = std::string(kWebSpace) + "/strava";
    machine().must({"mkdir", "-p", strava});
    machine().must({"cp", "/home/athlete/hookspool/hookspool.fcgi", strava});
    machine().must({"cp", "/home/athlete/hookspool/htaccess", strava + "/.htaccess"});
    give_home_to_user();
  }
};

class UploadedBundle final : public BundleSite {
 public:
  UploadedBundle() : BundleSite("cgid") {}

  std::filesystem::path spool() const override {
    return machine().path("/home/athlete/hookspool-data/spool");
  }

 private:
  /// From a computer that knows no modes; then what the page says of them, and no more.
  void install() override {
    BundleSite::install();
    machine().must({"find", "/home/athlete", "-type", "f", "-exec", "chmod", "644", "{}", "+"});
    const std::string permissions =
        code_in(kPage, "chmod 755 public_html/strava public_html/strava/hookspool.fcgi");
    machine().must(as_user(kUser, {"sh", "-ec", "cd /home/athlete\n" + permissions}));
  }

  void configure() override {
    const std::string page = read_file(kPage);
    std::smatch mode;
    if (!std::regex_search(page, mode, std::regex("`hookspool-data`, with mode ([0-7]+)"))) {
      throw std::runtime_error("the page gives hookspool-data no mode");
    }
    machine().must({"mkdir", "/home/athlete/hookspool-data"});
    machine().must({"chmod", mode[1], "/home/athlete/hookspool-data"});
    upload("verify-token", "0123456789abcdefghijABCDEFGHIJ");
    upload("client-secret", e2e::Strava::kClientSecret);
    std::string configuration = code_in(kPage, "[receiver]");
    const auto replace = [&configuration](const std::string& from, const std::string& to) {
      configuration.replace(configuration.find(from), from.size(), to);
    };
    replace("client_id = 12345", "client_id = " + std::to_string(e2e::Strava::kClientId) +
                                     "\napi_url = \"" + strava().url() +
                                     "/api/v3\"\noauth_url = \"" + strava().url() + "/oauth\"");
    upload("hookspool.toml", configuration);
    give_home_to_user();
  }

  void upload(const std::string& name, const std::string& content) const {
    const std::string path = "/home/athlete/hookspool/" + name;
    machine().write(path, content);
    machine().must({"chmod", "600", path});
  }
};

}  // namespace

std::unique_ptr<Site> cgi_account() {
  return std::make_unique<AccountSite>("/", "cgid");
}
std::unique_ptr<Site> fcgid_account() {
  return std::make_unique<AccountSite>("/", "fcgid");
}
std::unique_ptr<Site> cgi_bundle() {
  return std::make_unique<BundleSite>("cgid");
}
std::unique_ptr<Site> fcgid_bundle() {
  return std::make_unique<BundleSite>("fcgid");
}
std::unique_ptr<Site> uploaded_bundle() {
  return std::make_unique<UploadedBundle>();
}

std::string obstacle_to_bundles() {
  if (!why_not_isolated().empty()) return why_not_isolated();
  if (std::filesystem::exists(debian_11() / "complete")) return "";
  return "there is no Debian 11 in " + debian_11().string() +
         "; scripts/check makes it with debootstrap, and says what is in the way";
}

}  // namespace hookspool::deployment
