#include "ctl/web_server_snippet.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "base/file_content.h"
#include "support/program_run.h"
#include "support/temporary_directory.h"

namespace hookspool::ctl {
namespace {

/// The directives alone: neither comments nor empty lines.
std::string directives(const std::string& text) {
  std::string result;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t first = line.find_first_not_of(' ');
    if (first != std::string::npos && line[first] != '#') result += line + "\n";
  }
  return result;
}

TEST(WebServerSnippet, IsForNginxWhatTheRepositoryHas) {
  EXPECT_EQ(nginx_upstream(kReceiverSocket),
            directives(read_file("nginx/hookspool-upstream.conf")));
  EXPECT_EQ(nginx_location("/strava/webhook"),
            directives(read_file("nginx/hookspool-location.conf")));
}

TEST(WebServerSnippet, NamesTheSocketOfTheUnit) {
  EXPECT_NE(read_file("systemd/hookspool-receiver.socket")
                .find(std::string("ListenStream=") + kReceiverSocket + "\n"),
            std::string::npos);
}

TEST(WebServerSnippet, IsTakenByNginx) {
  const test::TemporaryDirectory directory;
  const std::string here = directory.path().string();
  std::ofstream(directory / "nginx.conf")
      << "pid " << here << "/pid; events {} http {\n"
      << nginx_upstream(here + "/socket") << "server { listen 127.0.0.1:1;\n"
      << nginx_location("/a/secret/0123abcd") << "}}\n";
  const test::ProgramRun nginx = test::run_program(
      {"/usr/sbin/nginx", "-t", "-e", here + "/error.log", "-c", here + "/nginx.conf"});
  EXPECT_EQ(nginx.exit_code, 0) << nginx.errors;
}

/// Apache's own modules, without a distribution's configuration.
TEST(WebServerSnippet, IsTakenByApache) {
  const test::TemporaryDirectory directory;
  const std::string here = directory.path().string();
  std::ofstream configuration(directory / "apache.conf");
  for (const char* module : {"mpm_event", "authz_core", "proxy", "proxy_fcgi"}) {
    configuration << "LoadModule " << module << "_module /usr/lib/apache2/modules/mod_" << module
                  << ".so\n";
  }
  configuration << "ServerName localhost\nListen 127.0.0.1:1\nServerRoot " << here << "\nPidFile "
                << here << "/pid\nErrorLog " << here << "/error.log\n"
                << apache_location("/a/secret/0123abcd", kReceiverSocket) << std::flush;
  const test::ProgramRun apache =
      test::run_program({"/usr/sbin/apache2", "-t", "-f", here + "/apache.conf"});
  EXPECT_EQ(apache.exit_code, 0) << apache.errors;
}

}  // namespace
}  // namespace hookspool::ctl
