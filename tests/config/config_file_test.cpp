#include "config/config_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "support/temporary_directory.h"

namespace hookspool::config {
namespace {

using event::Kind;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using std::filesystem::path;
using test::TemporaryDirectory;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

void write(const path& file, const std::string& content, mode_t mode = 0600) {
  std::ofstream(file, std::ios::binary) << content;
  ASSERT_EQ(::chmod(file.c_str(), mode), 0);
}

class ConfigFileTest : public testing::Test {
 protected:
  ConfigFile read(const std::string& text) const {
    write(file(), text);
    return ConfigFile(file());
  }

  path file() const { return directory_ / "hookspool.toml"; }

  /// What the ConfigurationError says that reading `section` of `text` ends with. Every one of them
  /// must have exit code 78 and name the file.
  template <typename Section>
  std::string complaint(const std::string& text, Section section) const {
    write(file(), text);
    try {
      const ConfigFile config(file());
      section(config);
    } catch (const ConfigurationError& error) {
      EXPECT_EQ(error.exit_code(), ExitCode::kConfiguration);
      EXPECT_THAT(error.what(), StartsWith(file().string()));
      return error.what();
    }
    ADD_FAILURE() << "nothing was wrong with\n" << text;
    return "";
  }

  std::string receiver_complaint(const std::string& text) const {
    return complaint(text, [](const ConfigFile& config) { config.receiver(); });
  }
  std::string strava_complaint(const std::string& text) const {
    return complaint(text, [](const ConfigFile& config) { config.strava(); });
  }

  /// "<file>:<line>: ", as every complaint about a line begins.
  std::string at_line(int line) const {
    return file().string() + ":" + std::to_string(line) + ": ";
  }

  TemporaryDirectory directory_;
};

// [receiver]

const std::string kReceiver = "[receiver]\nspool = \"/var/spool/x\"\nverify_token = \"t\"\n";

TEST_F(ConfigFileTest, GivesTheReceiverDefaultsForWhatIsNotSet) {
  const ReceiverConfig receiver = read(kReceiver).receiver();

  EXPECT_EQ(receiver.spool, "/var/spool/x");
  EXPECT_EQ(receiver.verify_token.reveal(), "t");
  EXPECT_TRUE(receiver.accept.accepts(Kind::kActivityCreate));
  EXPECT_TRUE(receiver.accept.accepts(Kind::kActivityDelete));
  EXPECT_TRUE(receiver.accept.accepts(Kind::kAthleteDeauthorize));
  EXPECT_FALSE(receiver.accept.accepts(Kind::kActivityUpdate));
  EXPECT_EQ(receiver.subscription_id, std::nullopt);
  EXPECT_EQ(receiver.max_body, 32U * 1024);
  EXPECT_EQ(receiver.threads, 1U);
}

TEST_F(ConfigFileTest, TakesEveryKeyOfTheReceiver) {
  const ReceiverConfig receiver = read(kReceiver +
                                       "accept = [\"activity.update\", \"athlete.deauthorize\"]\n"
                                       "subscription_id = 9223372036854775807\n"
                                       "max_body = 131072\n"
                                       "threads = 256\n")
                                      .receiver();

  EXPECT_TRUE(receiver.accept.accepts(Kind::kActivityUpdate));
  EXPECT_TRUE(receiver.accept.accepts(Kind::kAthleteDeauthorize));
  EXPECT_FALSE(receiver.accept.accepts(Kind::kActivityCreate));
  EXPECT_EQ(receiver.subscription_id, event::SubscriptionId{INT64_MAX});
  EXPECT_EQ(receiver.max_body, 131072U);
  EXPECT_EQ(receiver.threads, 256U);
}

TEST_F(ConfigFileTest, AcceptsNothingIfTheListIsEmpty) {
  const ReceiverConfig receiver = read(kReceiver + "accept = []\n").receiver();

  EXPECT_FALSE(receiver.accept.accepts(Kind::kActivityCreate));
}

struct Slip {
  std::string line;
  std::string key;
  std::string complaint;

  friend std::ostream& operator<<(std::ostream& out, const Slip& slip) { return out << slip.line; }
};

class ReceiverSlip : public ConfigFileTest, public testing::WithParamInterface<Slip> {};

TEST_P(ReceiverSlip, IsNamedByFileLineAndKey) {
  const Slip& slip = GetParam();

  EXPECT_THAT(receiver_complaint(kReceiver + slip.line + "\n"),
              AllOf(StartsWith(at_line(4)), HasSubstr(slip.key), HasSubstr(slip.complaint)));
}

INSTANTIATE_TEST_SUITE_P(
    EveryKey, ReceiverSlip,
    testing::Values(
        Slip{"colour = 1", "receiver.colour", "unknown key"},
        Slip{"Threads = 1", "receiver.Threads", "unknown key"},
        Slip{"threads.min = 1", "receiver.threads", "must be an integer"},
        Slip{"threads = \"2\"", "receiver.threads", "must be an integer"},
        Slip{"threads = 2.0", "receiver.threads", "must be an integer"},
        Slip{"threads = true", "receiver.threads", "must be an integer"},
        Slip{"threads = [2]", "receiver.threads", "must be an integer"},
        Slip{"threads = 0", "receiver.threads", "from 1 to 256"},
        Slip{"threads = -1", "receiver.threads", "from 1 to 256"},
        Slip{"threads = 257", "receiver.threads", "from 1 to 256"},
        Slip{"threads = 4294967297", "receiver.threads", "from 1 to 256"},
        Slip{"max_body = 1023", "receiver.max_body", "from 1024 to 131072"},
        Slip{"max_body = 131073", "receiver.max_body", "from 1024 to 131072"},
        Slip{"max_body = \"32k\"", "receiver.max_body", "must be an integer"},
        Slip{"subscription_id = 0", "receiver.subscription_id", "must be from 1"},
        Slip{"subscription_id = -5", "receiver.subscription_id", "must be from 1"},
        Slip{"subscription_id = \"120475\"", "receiver.subscription_id", "must be an integer"},
        Slip{"accept = \"activity.create\"", "receiver.accept", "must be an array of strings"},
        Slip{"accept = [\"activity.created\"]", "receiver.accept", "knows activity.create"},
        Slip{"accept = [\"unknown\"]", "receiver.accept", "knows activity.create"},
        Slip{"accept = [1]", "receiver.accept", "knows activity.create"},
        Slip{"verify_token_file = \"/x\"", "receiver.verify_token_file",
             "stands beside receiver.verify_token; keep one"}));

TEST_F(ConfigFileTest, NamesTheLineOfTheWrongElementOfAList) {
  EXPECT_THAT(receiver_complaint(kReceiver + "accept = [\n  \"activity.create\",\n  \"run\",\n]\n"),
              AllOf(StartsWith(at_line(6)), HasSubstr("receiver.accept")));
}

TEST_F(ConfigFileTest, GivesTheSubscriptionWithoutTheRestOfTheReceiver) {
  EXPECT_EQ(read("[receiver]\nsubscription_id = 120475\n").subscription_id(),
            event::SubscriptionId{120475});
  EXPECT_EQ(read("[receiver]\nspool = \"/spool\"\n").subscription_id(), std::nullopt);
}

struct MissingKey {
  std::string text;
  std::string key;

  friend std::ostream& operator<<(std::ostream& out, const MissingKey& missing) {
    return out << missing.key;
  }
};

class ReceiverNeeds : public ConfigFileTest, public testing::WithParamInterface<MissingKey> {};

TEST_P(ReceiverNeeds, TheKey) {
  EXPECT_THAT(receiver_complaint(GetParam().text), HasSubstr("missing key " + GetParam().key));
}

INSTANTIATE_TEST_SUITE_P(
    EveryRequiredOne, ReceiverNeeds,
    testing::Values(MissingKey{"", "receiver.spool"}, MissingKey{"[receiver]\n", "receiver.spool"},
                    MissingKey{"[strava]\nclient_id = 1\n", "receiver.spool"},
                    MissingKey{"[receiver]\nspool = \"x\"\n",
                               "receiver.verify_token or receiver.verify_token_file"}));

TEST_F(ConfigFileTest, NamesTheSectionsLineForAMissingKey) {
  EXPECT_THAT(receiver_complaint("# one\n\n[receiver]\nspool = \"x\"\n"), StartsWith(at_line(3)));
}

TEST_F(ConfigFileTest, RefusesEmptyTexts) {
  EXPECT_THAT(receiver_complaint("[receiver]\nspool = \"\"\nverify_token = \"t\"\n"),
              AllOf(StartsWith(at_line(2)), HasSubstr("receiver.spool must not be empty")));
  EXPECT_THAT(receiver_complaint("[receiver]\nspool = \"x\"\nverify_token = \"\"\n"),
              AllOf(StartsWith(at_line(3)), HasSubstr("receiver.verify_token must not be empty")));
}

TEST_F(ConfigFileTest, RefusesTextsOfAnotherType) {
  EXPECT_THAT(receiver_complaint("[receiver]\nspool = 5\n"),
              AllOf(StartsWith(at_line(2)), HasSubstr("receiver.spool must be a string")));
  EXPECT_THAT(receiver_complaint("[receiver]\nspool = \"x\"\nverify_token = 5\n"),
              AllOf(StartsWith(at_line(3)), HasSubstr("receiver.verify_token must be a string")));
}

TEST_F(ConfigFileTest, TakesRelativePathsFromItsOwnDirectory) {
  const ConfigFile config = read(
      "[receiver]\nspool = \"spool\"\n"
      "verify_token_file = \"secrets/token\"\n[store]\nurl = \"sqlite:data/x.db\"\n");
  std::filesystem::create_directory(directory_ / "secrets");
  write(directory_ / "secrets/token", "from a file\n");

  EXPECT_EQ(config.spool(), directory_ / "spool");
  EXPECT_EQ(config.receiver().verify_token.reveal(), "from a file");
  EXPECT_EQ(config.store().url, "sqlite:" + (directory_ / "data/x.db").string());
}

TEST_F(ConfigFileTest, TakesRelativePathsFromItsOwnDirectoryAlsoWhenItsOwnPathIsRelative) {
  write(file(), kReceiver + "# spool is relative below\n");
  write(directory_ / "relative.toml", "[receiver]\nspool = \"spool\"\nverify_token = \"t\"\n");
  const path relative = std::filesystem::relative(directory_ / "relative.toml");

  const path spool = ConfigFile(relative).spool();

  EXPECT_TRUE(spool.is_absolute()) << "whatever becomes of the working directory";
  EXPECT_EQ(std::filesystem::weakly_canonical(spool),
            std::filesystem::weakly_canonical(directory_ / "spool"));
}

TEST_F(ConfigFileTest, RefusesWhatOnlyAShellWouldReplace) {
  EXPECT_THAT(receiver_complaint("[receiver]\nverify_token = \"t\"\nspool = \"~/spool\"\n"),
              AllOf(StartsWith(at_line(3)), HasSubstr("write the whole path")));
  EXPECT_THROW(read("[store]\nurl = \"sqlite:~/hookspool.db\"\n").store(), ConfigurationError);
}

TEST_F(ConfigFileTest, SaysThatTextStandsInQuotes) {
  EXPECT_THAT(receiver_complaint("[receiver]\nspool = /var/spool/hookspool\n"),
              AllOf(StartsWith(at_line(2)), HasSubstr("text stands in quotes")));
}

// Secrets

TEST_F(ConfigFileTest, TakesASecretFromAFileWithoutWhatEditorsLeaveAroundIt) {
  for (const std::string& content :
       {std::string("t0ken"), std::string("t0ken\n"), std::string("t0ken\r\n"),
        std::string("t0ken\n\n"), std::string("\xEF\xBB\xBFt0ken \t\n")}) {
    write(directory_ / "token", content);
    const ConfigFile config = read("[receiver]\nspool = \"x\"\nverify_token_file = \"token\"\n");
    EXPECT_EQ(config.receiver().verify_token.reveal(), "t0ken");
    EXPECT_EQ(config.verify_token().reveal(), "t0ken");
  }
}

TEST_F(ConfigFileTest, RefusesASecretFileThatItCannotRead) {
  std::filesystem::create_directory(directory_ / "token");
  for (const char* name : {"missing", "token", "missing/token"}) {
    const std::string text =
        "[receiver]\nspool = \"x\"\nverify_token_file = \"" + std::string(name) + "\"\n";
    EXPECT_THAT(receiver_complaint(text),
                AllOf(StartsWith(at_line(3)), HasSubstr("receiver.verify_token_file"),
                      HasSubstr("cannot be read"), HasSubstr((directory_ / name).string())));
  }
}

TEST_F(ConfigFileTest, RefusesAnEmptySecretFile) {
  for (const char* content : {"", "\n", "\r\n\n"}) {
    write(directory_ / "token", content);
    EXPECT_THAT(receiver_complaint("[receiver]\nspool = \"x\"\nverify_token_file = \"token\"\n"),
                AllOf(StartsWith(at_line(3)), HasSubstr("receiver.verify_token_file"),
                      HasSubstr("empty file"), HasSubstr((directory_ / "token").string())));
  }
}

TEST_F(ConfigFileTest, WarnsOfASecretFileThatEverybodyCanRead) {
  write(directory_ / "token", "t", 0644);
  const ConfigFile config = read("[receiver]\nspool = \"x\"\nverify_token_file = \"token\"\n");
  EXPECT_THAT(config.warnings(), IsEmpty()) << "before anybody asked for the secret";
  config.receiver();

  EXPECT_THAT(config.warnings(),
              ElementsAre(AllOf(HasSubstr((directory_ / "token").string()),
                                HasSubstr("receiver.verify_token_file"), HasSubstr("chmod"))));
}

TEST_F(ConfigFileTest, WarnsOfAConfigurationWithASecretThatEverybodyCanRead) {
  write(file(), kReceiver, 0604);
  const ConfigFile config(file());
  config.receiver();

  EXPECT_THAT(config.warnings(),
              ElementsAre(AllOf(HasSubstr(file().string()), HasSubstr("receiver.verify_token"))));
}

TEST_F(ConfigFileTest, DoesNotWarnOfAConfigurationWithoutASecret) {
  write(directory_ / "token", "t", 0640);
  write(file(), "[receiver]\nspool = \"x\"\nverify_token_file = \"token\"\n", 0644);
  const ConfigFile config(file());
  config.receiver();

  EXPECT_THAT(config.warnings(), IsEmpty());
}

TEST_F(ConfigFileTest, NeverRepeatsASecretInAComplaint) {
  const std::string text =
      "[receiver]\nspool = \"x\"\nverify_token = \"hunter2\"\nverify_token_file = \"x\"\n";
  EXPECT_THAT(receiver_complaint(text), testing::Not(HasSubstr("hunter2")));
}

// The file as a whole

/// toml++ quotes a number that is none, which a secret without its quotes looks like.
TEST_F(ConfigFileTest, NeverRepeatsASecretWithoutItsQuotes) {
  const std::string secret = "31415926535897932384626433832795";
  for (const std::string end : {"", ".5e999999", "abc", "-11-24"}) {
    const std::string text = "[strava]\nclient_secret = " + secret + end + "\n";
    EXPECT_THAT(strava_complaint(text),
                AllOf(StartsWith(at_line(2)), Not(HasSubstr(secret)), HasSubstr("in quotes")));
  }
}

TEST_F(ConfigFileTest, NamesTheLineOfASyntaxError) {
  EXPECT_THAT(receiver_complaint("[receiver]\nspool = \"x\"\nthreads = = 2\n"),
              StartsWith(at_line(3)));
  EXPECT_THAT(receiver_complaint("[receiver]\nspool = \"x\"\nspool = \"y\"\n"),
              StartsWith(at_line(3)));
  EXPECT_THAT(receiver_complaint("[receiver]\n[receiver]\n"), StartsWith(at_line(2)));
  EXPECT_THAT(receiver_complaint("\n[receiver\n"), StartsWith(at_line(2)));
  EXPECT_THAT(receiver_complaint("[receiver]\nspool = \"\xFF\"\n"), StartsWith(at_line(2)));
}

/// What toml++ made of some characters was undefined, within texts of many lines too.
TEST_F(ConfigFileTest, TakesAnyLetterInTextsAndNoneOutside) {
  EXPECT_EQ(read("[store]\nurl = \"\"\"sqlite:\\\n  ä˅\"\"\"\n").store().url,
            "sqlite:" + (directory_ / "ä˅").string());
  EXPECT_THAT(receiver_complaint("[receiver]\nschlüssel = 1\n"), StartsWith(at_line(2)));
  EXPECT_THAT(receiver_complaint("[receiver]\u02C5m\n"), StartsWith(at_line(1)));
}

/// An assertion of toml++ ended the program.
TEST_F(ConfigFileTest, ComplainsOfAHeaderThatIsNotWhole) {
  for (const char* header : {"[\n[store]\n", "[\n", "[receiver.\n", "[[\n"}) {
    EXPECT_NE(receiver_complaint(header), "");
  }
}

TEST_F(ConfigFileTest, RefusesUnknownSections) {
  EXPECT_THAT(receiver_complaint(kReceiver + "[reciever]\nspool = \"x\"\n"),
              AllOf(StartsWith(at_line(4)), HasSubstr("unknown section [reciever]")));
}

TEST_F(ConfigFileTest, RefusesKeysOutsideOfSections) {
  EXPECT_THAT(receiver_complaint("spool = \"x\"\n" + kReceiver),
              AllOf(StartsWith(at_line(1)), HasSubstr("the key spool stands in no section")));
  EXPECT_THAT(receiver_complaint("receiver = 5\n"),
              AllOf(StartsWith(at_line(1)), HasSubstr("receiver is not a section")));
  EXPECT_THAT(receiver_complaint("[[receiver]]\nspool = \"x\"\n"),
              HasSubstr("receiver is not a section"));
}

TEST_F(ConfigFileTest, SaysWhichFileItCannotOpen) {
  for (const path& wrong : {directory_ / "missing.toml", directory_.path()}) {
    try {
      const ConfigFile config(wrong);
      FAIL() << "it was read";
    } catch (const ConfigurationError& error) {
      EXPECT_EQ(error.exit_code(), ExitCode::kConfiguration);
      EXPECT_THAT(error.what(), HasSubstr(wrong.string()));
    }
  }
}

TEST_F(ConfigFileTest, LooksAtNoSectionThatNobodyAskedFor) {
  const ConfigFile config = read(kReceiver +
                                 "[strava]\ncolour = 1\nclient_secret_file = \"/no/such/file\"\n"
                                 "[store]\nurl = 5\n[fetcher]\nretry_for = \"never\"\n");

  EXPECT_NO_THROW(config.receiver());
  EXPECT_THAT(config.warnings(), IsEmpty());
  EXPECT_THROW(config.strava(), ConfigurationError);
  EXPECT_THROW(config.store(), ConfigurationError);
  EXPECT_THROW(config.fetcher(), ConfigurationError);
}

TEST_F(ConfigFileTest, GivesTheSpoolToProgramsThatMayNotReadTheToken) {
  const ConfigFile config =
      read("[receiver]\nspool = \"/spool\"\nverify_token_file = \"/no/such/file\"\n");

  EXPECT_EQ(config.spool(), "/spool");
  EXPECT_THROW(config.receiver(), ConfigurationError);
}

TEST_F(ConfigFileTest, IsReadOnce) {
  const ConfigFile config = read(kReceiver);
  write(file(), "nonsense");

  EXPECT_EQ(config.spool(), "/var/spool/x");
  EXPECT_EQ(config.path(), file());
}

// [strava]

const std::string kStrava = "[strava]\nclient_id = 5\nclient_secret = \"s\"\n";

TEST_F(ConfigFileTest, GivesStravaDefaultsForWhatIsNotSet) {
  const StravaConfig strava = read(kStrava).strava();

  EXPECT_EQ(strava.client_id, 5);
  EXPECT_EQ(strava.client_secret.reveal(), "s");
  EXPECT_EQ(strava.callback_url, "");
  EXPECT_THAT(strava.api_urls,
              ElementsAre("https://www.strava.com/api/v3", "https://api-v3.strava.com",
                          "https://www.api-v3.strava.com"));
  EXPECT_EQ(strava.oauth_url, "https://www.strava.com/oauth");
}

TEST_F(ConfigFileTest, TakesEveryKeyOfStrava) {
  write(directory_ / "secret", "from a file\n");
  const StravaConfig strava = read(
                                  "[strava]\nclient_id = 9223372036854775807\n"
                                  "client_secret_file = \"secret\"\n"
                                  "callback_url = \"https://example.org/strava/\"\n"
                                  "api_url = \"https://api-v3.strava.com//\"\n"
                                  "oauth_url = \"http://127.0.0.1:8080/oauth/\"\n")
                                  .strava();

  EXPECT_EQ(strava.client_id, INT64_MAX);
  EXPECT_EQ(strava.client_secret.reveal(), "from a file");
  EXPECT_EQ(strava.callback_url, "https://example.org/strava/")
      << "which Strava calls exactly as it is given";
  EXPECT_THAT(strava.api_urls, ElementsAre("https://api-v3.strava.com"));
  EXPECT_EQ(strava.oauth_url, "http://127.0.0.1:8080/oauth");
}

TEST_F(ConfigFileTest, TakesSeveralPlacesForTheApi) {
  const StravaConfig strava =
      read(std::string(kStrava) +
           "api_url = [\"https://one.example/\", \"https://two.example/v3\"]\n")
          .strava();

  EXPECT_THAT(strava.api_urls, ElementsAre("https://one.example", "https://two.example/v3"));
}

class StravaSlip : public ConfigFileTest, public testing::WithParamInterface<Slip> {};

TEST_P(StravaSlip, IsNamedByFileLineAndKey) {
  const Slip& slip = GetParam();

  EXPECT_THAT(strava_complaint(kStrava + slip.line + "\n"),
              AllOf(StartsWith(at_line(4)), HasSubstr(slip.key), HasSubstr(slip.complaint)));
}

INSTANTIATE_TEST_SUITE_P(
    EveryKey, StravaSlip,
    testing::Values(Slip{"token = \"x\"", "strava.token", "unknown key"},
                    Slip{"client_secret_file = \"x\"", "strava.client_secret_file", "keep one"},
                    Slip{"callback_url = \"example.org\"", "strava.callback_url", "https://"},
                    Slip{"callback_url = \"https://" + std::string(248, 'a') + "\"",
                         "strava.callback_url", "at most 255 characters"},
                    Slip{"api_url = \"ftp://example.org\"", "strava.api_url", "https://"},
                    Slip{"api_url = \"\"", "strava.api_url", "must not be empty"},
                    Slip{"api_url = \"https://\"", "strava.api_url", "names no host"},
                    Slip{"oauth_url = \"http:///x\"", "strava.oauth_url", "names no host"},
                    Slip{"api_url = 5", "strava.api_url", "must be a string"},
                    Slip{"api_url = []", "strava.api_url", "must name one to three URLs"},
                    Slip{"api_url = [\"https://a.example\", \"b.example\"]", "strava.api_url",
                         "https://"},
                    Slip{"oauth_url = \"file:///etc/passwd\"", "strava.oauth_url", "https://"}));

TEST_F(ConfigFileTest, TakesACallbackOfStravasGreatestLength) {
  const std::string url = "https://" + std::string(247, 'a');
  EXPECT_EQ(read(kStrava + "callback_url = \"" + url + "\"\n").strava().callback_url, url);
}

TEST_F(ConfigFileTest, NeedsClientIdAndSecret) {
  EXPECT_THAT(strava_complaint(""), HasSubstr("missing key strava.client_id"));
  EXPECT_THAT(strava_complaint("[strava]\nclient_secret = \"s\"\n"),
              AllOf(StartsWith(at_line(1)), HasSubstr("missing key strava.client_id")));
  EXPECT_THAT(strava_complaint("[strava]\nclient_id = 1\n"),
              HasSubstr("missing key strava.client_secret or strava.client_secret_file"));
  for (const char* id : {"0", "-1", "\"5\"", "5.0", "[]"}) {
    EXPECT_THAT(strava_complaint("[strava]\nclient_id = " + std::string(id) + "\n"),
                AllOf(StartsWith(at_line(2)), HasSubstr("strava.client_id must be")));
  }
}

// [store]

TEST_F(ConfigFileTest, GivesTheStoreADefault) {
  EXPECT_EQ(read("").store().url, "sqlite:/var/lib/hookspool/hookspool.db");
  EXPECT_EQ(read("[store]\n").store().url, "sqlite:/var/lib/hookspool/hookspool.db");
}

TEST_F(ConfigFileTest, TakesTheStoresUrl) {
  EXPECT_EQ(read("[store]\nurl = \"sqlite:/srv/x.db\"\n").store().url, "sqlite:/srv/x.db");
}

TEST_F(ConfigFileTest, RefusesAStoreThatItDoesNotKnow) {
  const auto store = [](const ConfigFile& config) { config.store(); };
  for (const char* url : {"\"mysql://x\"", "\"sqlite:\"", "\"/var/x.db\"", "\"\"", "5"}) {
    EXPECT_THAT(complaint("[store]\nurl = " + std::string(url) + "\n", store),
                AllOf(StartsWith(at_line(2)), HasSubstr("store.url must")));
  }
  EXPECT_THAT(complaint("[store]\npath = \"x\"\n", store),
              AllOf(StartsWith(at_line(2)), HasSubstr("unknown key store.path")));
}

// [fetcher]

TEST_F(ConfigFileTest, GivesTheFetcherDefaultsForWhatIsNotSet) {
  const FetcherConfig fetcher = read("").fetcher();

  EXPECT_EQ(fetcher.concurrency, 4U);
  EXPECT_EQ(fetcher.retry_for, days(7));
  EXPECT_EQ(fetcher.scan_every, seconds(60));
}

TEST_F(ConfigFileTest, TakesDurationsWithAUnit) {
  const std::vector<std::pair<std::string, seconds>> durations{
      {"1s", seconds(1)}, {"90s", seconds(90)}, {"15m", minutes(15)},
      {"6h", hours(6)},   {"7d", days(7)},      {"3650d", days(3650)}};
  for (const auto& [text, length] : durations) {
    const FetcherConfig fetcher = read("[fetcher]\nconcurrency = 64\nretry_for = \"" + text +
                                       "\"\nscan_every = \"" + text + "\"\n")
                                      .fetcher();
    EXPECT_EQ(fetcher.concurrency, 64U);
    EXPECT_EQ(fetcher.retry_for, length) << text;
    EXPECT_EQ(fetcher.scan_every, length) << text;
  }
  EXPECT_EQ(read("[fetcher]\nretry_for = \"0s\"\n").fetcher().retry_for, seconds(0));
}

TEST_F(ConfigFileTest, RefusesWhatIsNoDuration) {
  for (const char* text : {"5", "\"5\"", "\"s\"", "\"\"", "\"-5s\"", "\"5 s\"", "\" 5s\"",
                           "\"5ms\"", "\"5S\"", "\"1.5h\"", "\"1h30m\"", "\"5w\"", "\"3651d\"",
                           "\"9223372036854775807d\"", "\"99999999999999999999s\"", "\"+5s\""}) {
    EXPECT_THAT(complaint("[fetcher]\nretry_for = " + std::string(text) + "\n",
                          [](const ConfigFile& config) { config.fetcher(); }),
                AllOf(StartsWith(at_line(2)), HasSubstr("fetcher.retry_for must")));
  }
}

TEST_F(ConfigFileTest, RefusesAFetcherThatWouldSpinOrDoNothing) {
  const auto fetcher = [](const ConfigFile& config) { config.fetcher(); };
  EXPECT_THAT(complaint("[fetcher]\nscan_every = \"0s\"\n", fetcher),
              AllOf(StartsWith(at_line(2)), HasSubstr("fetcher.scan_every must be at least 1s")));
  EXPECT_THAT(
      complaint("[fetcher]\nreconcile_back = \"2d\"\n", fetcher),
      AllOf(StartsWith(at_line(2)), HasSubstr("fetcher.reconcile_back must be at least 3d")));
  EXPECT_EQ(read("[fetcher]\nreconcile_back = \"3d\"\n").fetcher().reconcile_back, days(3));
  for (const char* count : {"0", "-1", "65", "\"4\""}) {
    EXPECT_THAT(complaint("[fetcher]\nconcurrency = " + std::string(count) + "\n", fetcher),
                AllOf(StartsWith(at_line(2)), HasSubstr("fetcher.concurrency must be")));
  }
  EXPECT_THAT(complaint("[fetcher]\ntoken = 1\n", fetcher), HasSubstr("unknown key fetcher.token"));
}

TEST_F(ConfigFileTest, KnowsHowCarefullyToFetch) {
  const FetcherConfig fetcher =
      read(
          "[fetcher]\nreserve = 30\nstreams = [\"latlng\", \"time\"]\nsettle = false\n"
          "reconcile_every = \"0s\"\nreconcile_back = \"60d\"\nremove_at_most = 5\n"
          "retention = \"7d\"\nkeep_events = \"90d\"\n")
          .fetcher();

  EXPECT_DOUBLE_EQ(fetcher.reserve, 0.3);
  EXPECT_THAT(fetcher.streams, ElementsAre("latlng", "time"));
  EXPECT_FALSE(fetcher.settle);
  EXPECT_EQ(fetcher.reconcile_every, seconds(0));
  EXPECT_EQ(fetcher.reconcile_back, days(60));
  EXPECT_DOUBLE_EQ(fetcher.remove_at_most, 0.05);
  EXPECT_EQ(fetcher.retention, days(7));
  EXPECT_EQ(fetcher.keep_events, days(90));
  EXPECT_FALSE(read("[fetcher]\nretention = \"mirror\"\n").fetcher().retention);
  EXPECT_FALSE(read("").fetcher().retention);
}

TEST_F(ConfigFileTest, RefusesStreamsThatStravaDoesNotHave) {
  EXPECT_THAT(complaint("[fetcher]\nstreams = [\"power\"]\n",
                        [](const ConfigFile& config) { config.fetcher(); }),
              AllOf(StartsWith(at_line(2)), HasSubstr("\"power\""), HasSubstr("heartrate")));
}

TEST_F(ConfigFileTest, KnowsWhatToMakeOfSignatures) {
  const std::string strava = "[strava]\nclient_id = 1\nclient_secret = \"x\"\n";
  EXPECT_EQ(read(strava).strava().signature, SignatureCheck::kLog);
  EXPECT_EQ(read(strava + "signature = \"off\"\n").strava().signature, SignatureCheck::kOff);
  const StravaConfig required =
      read(strava + "signature = \"require\"\nsigning_secret = \"key\"\n").strava();
  EXPECT_EQ(required.signature, SignatureCheck::kRequire);
  EXPECT_EQ(required.signing_secret.reveal(), "key");
  EXPECT_THAT(strava_complaint(strava + "signature = \"yes\"\n"),
              AllOf(StartsWith(at_line(4)), HasSubstr("\"require\"")));
}

TEST_F(ConfigFileTest, KnowsWhomToTell) {
  EXPECT_TRUE(read("").notify().command.empty());
  const NotifyConfig notify =
      read(
          "[notify]\ncommand = \"hook\"\ncommand_timeout = \"5m\"\ncommand_concurrency = 3\n"
          "url = \"https://one.example/\"\nsecret = \"whsec_a2V5\"\nretry_for = \"1d\"\n")
          .notify();
  EXPECT_EQ(notify.command, directory_ / "hook");
  EXPECT_EQ(notify.command_timeout, minutes(5));
  EXPECT_EQ(notify.command_concurrency, 3U);
  EXPECT_THAT(notify.urls, ElementsAre("https://one.example/"));
  EXPECT_EQ(notify.retry_for, days(1));
  EXPECT_EQ(read("[notify]\nurl = [\"http://a/\", \"http://b/\"]\n").notify().urls.size(), 2U);
  EXPECT_THROW(read("[notify]\nurl = [\"http://a/\", \"http://a/\"]\n").notify(),
               ConfigurationError);
  EXPECT_THAT(
      complaint("[notify]\nurl = [\"a\"]\n", [](const ConfigFile& config) { config.notify(); }),
      HasSubstr("notify.url must begin with https://"));
  EXPECT_DOUBLE_EQ(read("[alerts]\ndisk_free = 10\n").alerts().disk_free, 0.1);
}

TEST_F(ConfigFileTest, TakesNoKeyOfStandardWebhooksThatSignsWithNothing) {
  const auto complaint_of = [this](const std::string& secret) {
    return complaint("[notify]\nsecret = \"" + secret + "\"\n",
                     [](const ConfigFile& config) { config.notify(); });
  };
  for (const char* secret :
       {"whsec_", "whsec_a2V", "whsec_a2V5a2V5a2_-", "whsec_a===", "whsec_===="}) {
    EXPECT_THAT(complaint_of(secret), AllOf(StartsWith(at_line(2)), HasSubstr("notify.secret"),
                                            HasSubstr("base64"), Not(HasSubstr("a2V"))))
        << secret;
  }
  for (const char* secret : {"whsec_a2V5", "whsec_a2U=", "whsec_aw==", "as it stands"}) {
    EXPECT_EQ(read(std::string("[notify]\nsecret = \"") + secret + "\"\n").notify().secret.reveal(),
              secret);
  }
}

}  // namespace
}  // namespace hookspool::config
