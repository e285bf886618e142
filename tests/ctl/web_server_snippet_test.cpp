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

std::string only_snippet(const std::string& web_server, const std::string& callback_url) {
  const auto snippets = web_server_snippets(web_server, callback_url, "/usr/lib/hookspool",
                                            "hookspool-receiver", "www-data");
  EXPECT_EQ(snippets.size(), 1U);
  return snippets.at(0).text;
}

TEST(WebServerSnippet, IsWhatTheRepositoryHasWithoutComments) {
  const auto nginx =
      web_server_snippets("nginx", "https://www.example.org/strava/webhook",
                          "/usr/local/lib/hookspool", "hookspool-receiver", "www-data");
  ASSERT_EQ(nginx.size(), 2U);
  std::istringstream lines(nginx[0].text + nginx[1].text);
  const std::string shipped =
      read_file("nginx/hookspool-upstream.conf") + read_file("nginx/hookspool-location.conf");
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    EXPECT_NE(shipped.find(line + "\n"), std::string::npos) << line;
    EXPECT_EQ(line.find('#'), std::string::npos) << line;
  }
  EXPECT_GT(count, 15);
}

TEST(WebServerSnippet, IsThereForEachWebServer) {
  for (const std::string& name : web_servers()) {
    for (const auto& snippet : web_server_snippets(name, "https://hooks.example.net/hook",
                                                   "/opt/lib/hookspool", "hooks", "www-data")) {
      EXPECT_FALSE(snippet.text.empty()) << name;
      for (const char* shipped : {"/strava/webhook", "www.example.org", "/usr/local/"}) {
        EXPECT_EQ(snippet.text.find(shipped), std::string::npos) << name << ": " << shipped;
      }
    }
  }
}

TEST(WebServerSnippet, NamesTheHostToCaddy) {
  const std::string text = only_snippet("caddy", "https://hooks.example.net/hook");
  EXPECT_NE(text.find("hooks.example.net {\n"), std::string::npos) << text;
}

TEST(WebServerSnippet, NamesTheReceiverToWhoeverStartsIt) {
  const std::string text = only_snippet("lighttpd", "https://hooks.example.net/hook");
  EXPECT_NE(text.find("\"/usr/lib/hookspool/hookspool.fcgi\""), std::string::npos) << text;
}

TEST(WebServerSnippet, NamesTheGroupToWhoeverStartsReceivers) {
  for (const std::string& name : web_servers()) {
    const std::string heading = web_server_snippets(name, "https://hooks.example.net/hook",
                                                    "/usr/lib/hookspool", "hooks", "www-data")
                                    .front()
                                    .heading;
    EXPECT_EQ(heading.find("hookspool-receiver"), std::string::npos) << heading;
    // On shared hosting the receiver runs as the account's own user.
    const bool names_group = starts_receivers(name) && name != "htaccess";
    EXPECT_EQ(heading.find("usermod -aG hooks www-data") != std::string::npos, names_group)
        << heading;
    // What runs keeps the groups that it began with.
    const bool wants_restart = heading.find("usermod") != std::string::npos;
    EXPECT_EQ(heading.find("a restart of") != std::string::npos, wants_restart) << heading;
  }
}

/// Else whoever follows `hookspoolctl init` alone has the verify token in Apache's access log.
TEST(WebServerSnippet, LetsApacheLogTheCallbackWithoutItsQuery) {
  for (const char* name : {"apache", "apache-fcgid", "apache-cgi"}) {
    const auto snippets =
        web_server_snippets(name, "https://www.example.org/hook/0123abcd", "/usr/lib/hookspool",
                            "hookspool-receiver", "www-data");
    ASSERT_EQ(snippets.size(), 2U) << name;
    EXPECT_EQ(snippets[1].text,
              "SetEnvIf Request_URI \"^/hook/0123abcd\" hookspool\n"
              "LogFormat \"%h %t \\\"%m %U\\\" %>s %D \\\"%{User-Agent}i\\\"\" hookspool\n"
              "CustomLog ${APACHE_LOG_DIR}/hookspool.log hookspool env=hookspool\n"
              "CustomLog ${APACHE_LOG_DIR}/access.log combined env=!hookspool\n");
  }
}

TEST(WebServerSnippet, NamesTheUserAndTheLogsOfFedorasApache) {
  const auto snippets = web_server_snippets("apache-fcgid", "https://www.example.org/hook",
                                            "/usr/lib/hookspool", "hooks", "apache");
  EXPECT_NE(snippets[0].heading.find("usermod -aG hooks apache,"), std::string::npos);
  EXPECT_NE(snippets[1].text.find("CustomLog logs/hookspool.log "), std::string::npos);
  EXPECT_EQ(snippets[1].text.find("APACHE_LOG_DIR"), std::string::npos);
}

TEST(WebServerSnippet, AsksForAUserWhomNobodyKnows) {
  const std::string heading = web_server_snippets("lighttpd", "https://www.example.org/hook",
                                                  "/usr/lib/hookspool", "hooks", "")[0]
                                  .heading;
  EXPECT_NE(heading.find("usermod -aG hooks NAME (your web server's user)"), std::string::npos);
}

TEST(WebServerSnippet, NamesTheSocketOfTheUnit) {
  EXPECT_NE(read_file("systemd/hookspool-receiver.socket")
                .find(std::string("ListenStream=") + kReceiverSocket + "\n"),
            std::string::npos);
}

TEST(WebServerSnippet, IsTakenByNginx) {
  const test::TemporaryDirectory directory;
  const std::string here = directory.path().string();
  const auto snippets = web_server_snippets("nginx", "https://www.example.org/a/secret/0123abcd",
                                            "/usr/lib/hookspool", "hookspool-receiver", "www-data");
  std::ofstream(directory / "nginx.conf") << "pid " << here << "/pid; events {} http {\n"
                                          << snippets[0].text << "server { listen 127.0.0.1:1;\n"
                                          << snippets[1].text << "}}\n";
  const test::ProgramRun nginx = test::run_program(
      {"/usr/sbin/nginx", "-t", "-e", here + "/error.log", "-c", here + "/nginx.conf"});
  EXPECT_EQ(nginx.exit_code, 0) << nginx.errors;
}

/// Apache's own modules, without a distribution's configuration.
TEST(WebServerSnippet, IsTakenByApache) {
  const test::TemporaryDirectory directory;
  const std::string here = directory.path().string();
  std::ofstream configuration(directory / "apache.conf");
  for (const char* module : {"mpm_event", "authz_core", "proxy", "proxy_fcgi", "setenvif"}) {
    configuration << "LoadModule " << module << "_module /usr/lib/apache2/modules/mod_" << module
                  << ".so\n";
  }
  configuration << "ServerName localhost\nListen 127.0.0.1:1\nServerRoot " << here << "\nPidFile "
                << here << "/pid\nErrorLog " << here << "/error.log\nDefine APACHE_LOG_DIR " << here
                << "\nLogFormat \"%h %r\" combined\n";
  for (const auto& snippet :
       web_server_snippets("apache", "https://www.example.org/a/secret/0123abcd",
                           "/usr/lib/hookspool", "hookspool-receiver", "www-data")) {
    configuration << snippet.text;
  }
  configuration << std::flush;
  const test::ProgramRun apache =
      test::run_program({"/usr/sbin/apache2", "-t", "-f", here + "/apache.conf"});
  EXPECT_EQ(apache.exit_code, 0) << apache.errors;
}

}  // namespace
}  // namespace hookspool::ctl
