#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <json/reader.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "base/exit_code.h"
#include "base/file_content.h"
#include "store/athletes.h"
#include "support/http_server.h"
#include "support/program_run.h"
#include "support/simulated_strava.h"
#include "support/temporary_directory.h"

namespace hookspool::ctl {

using test::ProgramRun;

inline constexpr std::int64_t kAthlete = 134815;
inline constexpr const char* kVerifyToken = "verify-token-of-the-tests";

inline int code(ExitCode exit_code) {
  return static_cast<int>(exit_code);
}

inline Json::Value parsed(const std::string& text) {
  Json::Value value;
  std::istringstream(text) >> value;
  return value;
}

inline void write(const std::filesystem::path& path, const std::string& content) {
  std::ofstream(path) << content;
  std::filesystem::permissions(
      path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

/// Answers Strava's validation request as hookspool.fcgi does.
class EchoingReceiver {
 public:
  EchoingReceiver() {
    server_.routes().Get("/hook", [](const httplib::Request& request, httplib::Response& response) {
      if (request.get_param_value("hub.verify_token") != kVerifyToken) {
        response.status = 403;
        return;
      }
      response.set_content(
          R"({"hub.challenge":")" + request.get_param_value("hub.challenge") + R"("})",
          "application/json");
    });
  }
  std::string url() const { return server_.url() + "/hook"; }

 private:
  test::HttpServer server_;
};

/// The program as it was built, run as a person runs it, against the simulated Strava.
class HookspoolctlTest : public testing::Test {
 protected:
  HookspoolctlTest() { configure(receiver_.url()); }

  void configure(const std::string& callback_url,
                 const std::string& client_secret = test::SimulatedStrava::kClientSecret) const {
    write(directory_ / "client-secret", client_secret + "\n");
    std::ostringstream toml;
    toml << "[receiver]\nspool = \"spool\"\nverify_token = \"" << kVerifyToken << "\"\n"
         << "[strava]\nclient_id = " << test::SimulatedStrava::kClientId
         << "\nclient_secret_file = \"client-secret\"\n"
         << (callback_url.empty() ? "" : "callback_url = \"" + callback_url + "\"\n")
         << "api_url = [\"" << strava_.url() << "/api/v3\", \"" << strava_.url()
         << "\"]\noauth_url = \"" << strava_.url() << "/oauth\"\n[store]\nurl = \"" << store_url()
         << "\"\n";
    write(directory_ / "hookspool.toml", toml.str());
  }

  /// That signatures are checked so, by that key.
  void configure_signatures(const std::string& check, const std::string& key) const {
    configure(receiver_.url());
    std::string toml = read_file(directory_ / "hookspool.toml");
    const std::string section = "[strava]\n";
    toml.insert(toml.find(section) + section.size(),
                "signature = \"" + check + "\"\nsigning_secret = \"" + key + "\"\n");
    write(directory_ / "hookspool.toml", toml);
  }

  std::string store_url() const { return "sqlite:" + (directory_ / "hookspool.db").string(); }

  std::vector<std::string> command(const std::vector<std::string>& arguments) const {
    std::vector<std::string> command{test::built_program("hookspoolctl"), "--config",
                                     directory_ / "hookspool.toml"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return command;
  }

  /// Runs it, and sees that it lets out no secret that the tests know.
  ProgramRun run(const std::vector<std::string>& arguments, const std::string& input = "") {
    const ProgramRun run = test::run_program(command(arguments), input);
    std::vector<std::string> secrets{test::SimulatedStrava::kClientSecret, kVerifyToken};
    for (const store::Athlete& athlete : athletes()) {
      secrets.push_back(athlete.refresh_token.reveal());
      secrets.push_back(athlete.access_token.reveal());
    }
    const std::string given = input.substr(0, input.find('\n'));
    if (given.find_first_not_of(' ') != std::string::npos) secrets.push_back(given);
    for (const std::string& secret : secrets) {
      EXPECT_THAT(run.output, testing::Not(testing::HasSubstr(secret)));
      EXPECT_THAT(run.errors, testing::Not(testing::HasSubstr(secret)));
    }
    return run;
  }

  Json::Value run_json(std::vector<std::string> arguments, const std::string& input = "") {
    arguments.emplace_back("--json");
    const ProgramRun finished = run(arguments, input);
    EXPECT_EQ(finished.exit_code, 0) << finished.errors;
    return parsed(finished.output);
  }

  std::vector<store::Athlete> athletes() {
    store::Database database(store_url());
    return store::Athletes(database).list();
  }

  std::int64_t subscription_at_strava() const {
    const Json::Value subscription = strava_.control("GET", "/_sim/subscription");
    return subscription.isObject() ? subscription["id"].asInt64() : 0;
  }

  test::TemporaryDirectory directory_;
  test::SimulatedStrava strava_;
  EchoingReceiver receiver_;
};

}  // namespace hookspool::ctl
