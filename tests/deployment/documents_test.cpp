// What a person reads and types from the documents, beside what the programs need.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <string_view>

#include "base/file_content.h"
#include "e2e/program.h"

namespace hookspool::deployment {
namespace {

using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Not;

std::set<std::string> words(std::string text) {
  for (char& c : text) {
    if (std::string_view("()\"',;=").find(c) != std::string_view::npos) c = ' ';
  }
  std::istringstream stream(text);
  return {std::istream_iterator<std::string>(stream), {}};
}

/// dpkg-buildpackage refuses where one is missing. build-essential is in no Build-Depends: every
/// package needs it.
TEST(BuildDependencies, AreInstalledWhereThePackageIsBuilt) {
  const std::string control = read_file("debian/control");
  const std::string field = "Build-Depends:";
  const std::size_t begin = control.find(field) + field.size();
  std::set<std::string> needed{"build-essential", "debhelper", "dpkg-dev", "lintian"};
  for (const std::string& word : words(control.substr(begin, control.find(':', begin) - begin))) {
    const bool is_package = word.starts_with("lib") || word.ends_with("-dev");
    if (is_package) needed.insert(word);
  }
  EXPECT_THAT(words(read_file("scripts/install-dependencies")), IsSupersetOf(needed));
}

TEST(BuildDependencies, AreNamedWhereThePackageIsDescribed) {
  EXPECT_THAT(read_file("docs/deployment.md"),
              HasSubstr("    scripts/install-dependencies build\n"
                        "    apt-get install build-essential debhelper dpkg-dev lintian\n"));
}

/// A fresh Debian has neither: the README tries the callback with the one, and libcurl, which the
/// fetcher trusts Strava by, only recommends the other.
TEST(BuildDependencies, HaveWhatIsNeededToSetUpAtOnce) {
  ASSERT_THAT(read_file("README.md"), HasSubstr("    curl -i https://"));
  const std::string script = read_file("scripts/install-dependencies");
  const std::size_t begin = script.find("\nbuild=");
  EXPECT_THAT(words(script.substr(begin, script.find("\ndemo=") - begin)),
              IsSupersetOf({"ca-certificates", "curl"}));
}

/// scripts/quickstart leaves an nginx that it installed disabled, which cannot be reloaded.
TEST(Commands, StartAnNginxThatDoesNotRun) {
  for (const char* page : {"README.md", "docs/deployment.md"}) {
    EXPECT_THAT(
        read_file(page),
        HasSubstr("    nginx -t && systemctl enable nginx && systemctl reload-or-restart nginx\n"))
        << page;
  }
}

TEST(Readme, NamesTheHostForWhoeverHasNone) {
  EXPECT_THAT(read_file("README.md"),
              HasSubstr("[nginx/hookspool-server.conf](nginx/hookspool-server.conf)"));
}

/// It is not everywhere: Debian installs it for whoever gives root no password.
TEST(Commands, DoWithoutSudo) {
  for (const char* page : {"README.md", "docs/deployment.md"}) {
    EXPECT_THAT(read_file(page), Not(HasSubstr("sudo "))) << page;
    EXPECT_THAT(read_file(page), HasSubstr("    runuser -u hookspool -- hookspoolctl ")) << page;
  }
}

/// certbot renews as it has got it: by a server of its own it could not, once ours has port 80.
TEST(Certificate, IsRenewedByTheWebServerThatHasThePort) {
  const std::string page = read_file("docs/deployment.md");
  EXPECT_THAT(page, HasSubstr("    certbot certonly --webroot --webroot-path /var/www/html "));
  EXPECT_THAT(page, Not(HasSubstr("--standalone")));
  EXPECT_THAT(page, HasSubstr("    certbot renew --dry-run\n"));
  EXPECT_THAT(read_file("nginx/hookspool-server.conf"), HasSubstr("root /var/www/html;"));
}

/// Debian's Apache alone knows APACHE_LOG_DIR, and has its files in /etc/apache2.
TEST(Fedora, GetsAVirtualHostThatItsApacheUnderstands) {
  const std::string page = read_file("docs/deployment.md");
  const std::size_t begin = page.find("    sed '") + 4;
  std::string command = page.substr(begin, page.find(" >", begin) - begin);
  command.insert(command.find("hookspool-virtual-host"), "apache/");
  const e2e::Finished made = e2e::run({"sh", "-c",
                                       "grep -v '^ *#' " + command.substr(command.rfind(' ') + 1) +
                                           " | " + command.substr(0, command.rfind(' '))});
  EXPECT_THAT(made.output, HasSubstr("    Include conf/hookspool.conf\n"));
  EXPECT_THAT(made.output, HasSubstr("    CustomLog logs/hookspool.log "));
  EXPECT_THAT(made.output, Not(HasSubstr("APACHE_LOG_DIR")));
  EXPECT_THAT(made.output, Not(HasSubstr("/etc/apache2")));
}

TEST(Lighttpd, IsGivenAHostWithHttps) {
  const std::string page = read_file("docs/deployment.md");
  EXPECT_THAT(page, HasSubstr("    apt-get install lighttpd-mod-openssl\n"));
  EXPECT_THAT(page, HasSubstr("docs/lighttpd-host.conf /etc/lighttpd/conf-available/"
                              "05-hookspool-host.conf\n    lighty-enable-mod hookspool-host\n"));
  EXPECT_THAT(page, HasSubstr("the hook is `systemctl restart\nlighttpd`"));
}

}  // namespace
}  // namespace hookspool::deployment
