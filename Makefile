# `make help` lists the targets. Everything that is built goes below $(BUILD).

CXX      ?= g++
BUILD    ?= build
PREFIX   ?= /usr/local
DESTDIR  ?=
CXXFLAGS ?= -O2 -g
# What compiles the tests. scripts/check lets clang do it, which takes a third of the time with a precompiled header;
# g++ gains nothing from one.
TEST_CXX ?= $(CXX)
# What `make asan` and `make tsan` set
SANITIZE ?=
# V=1 shows the commands
V        ?= 0

VERSION  := $(shell cat VERSION)
# scripts/check lets no warning pass. Who only builds may have a compiler that warns of more than ours.
WERROR   ?=
WARNINGS := -Wall -Wextra -Wpedantic $(WERROR)
CPPFLAGS += -Isrc $(shell pkg-config --cflags jsoncpp | sed 's/-I/-isystem /g') -DHOOKSPOOL_VERSION='"$(VERSION)"' -DSPDLOG_FMT_EXTERNAL -DSPDLOG_COMPILED_LIB
ALL_CXXFLAGS = -std=c++20 -pthread $(WARNINGS) $(CXXFLAGS) $(SANITIZE)
ALL_LDFLAGS  = -pthread $(LDFLAGS) $(SANITIZE)

# Which folders make which program. The receiver's list is what keeps it small: it has neither a
# network client nor a database, and tests/e2e checks that the linked binary shows it.
RECEIVER_PARTS := base config event spool receiver
FETCHER_PARTS  := base config event spool logging signature strava store fetcher
CTL_PARTS      := base config event spool logging signature strava store fetcher ctl

# What the loader has to find for it is most of what a CGI request costs, so the receiver has linked in what the
# compiler has so; but for libfcgi, which reads what others send, and which a distribution may have to mend.
# Sanitizers need the shared C++ library.
has_archive   = $(filter /%,$(shell $(CXX) $(CXXFLAGS) $(LDFLAGS) -print-file-name=lib$(1).a))
linked_in     = $(if $(call has_archive,$(1)),-l:lib$(1).a,-l$(1))
RECEIVER_LIBS := -lfcgi $(call linked_in,z) $(call linked_in,seccomp)
RECEIVER_LDFLAGS := $(if $(SANITIZE),,$(if $(call has_archive,stdc++),-static-libstdc++ -static-libgcc))
CLIENT_LIBS   := -ljsoncpp -lz -lcurl -lcrypto -lsoci_core -lsoci_sqlite3 -lsqlite3 -lspdlog -lfmt
CTL_LIBS      := $(CLIENT_LIBS) -lcpp-httplib -lssl
SIM_LIBS      := -lcpp-httplib -ljsoncpp -lssl -lcrypto
TEST_LIBS     := $(CLIENT_LIBS) -lfcgi -lseccomp $(SIM_LIBS) -lgmock -lgtest

# $(call sources,DIRS): every .cpp of the folders that is neither a test nor a main program
sources = $(filter-out %/main.cpp tests/%_test.cpp,$(wildcard $(addsuffix /*.cpp,$(1))))
objects = $(patsubst %.cpp,$(BUILD)/obj/%.o,$(1))
part_objects = $(call objects,$(call sources,$(addprefix src/,$(1))))

SIM_OBJECTS  := $(call objects,$(call sources,tests/strava_sim))
TEST_SOURCES := $(shell find tests -name '*_test.cpp' -not -path 'tests/e2e/*' \
                  -not -path 'tests/deployment/*' -not -path 'tests/power_loss/*' -not -path 'tests/torture/*') \
                $(wildcard tests/support/*.cpp)
TEST_OBJECTS := $(call objects,$(TEST_SOURCES))
E2E_OBJECTS  := $(call objects,$(wildcard tests/e2e/*.cpp) tests/support/main.cpp \
                  tests/support/program_run.cpp)
DEPLOYMENT_OBJECTS := $(call objects,$(wildcard tests/deployment/*.cpp)) \
                $(filter-out %_test.o %/support/main.o,$(E2E_OBJECTS))
POWER_LOSS_OBJECTS := $(call objects,$(wildcard tests/power_loss/*.cpp) tests/e2e/program.cpp \
                $(addprefix tests/support/,fastcgi_client.cpp main.cpp program_run.cpp simulated_strava.cpp)) \
                $(SIM_OBJECTS)
TORTURE_OBJECTS := $(call objects,$(wildcard tests/torture/*.cpp) tests/deployment/namespaces.cpp) \
                $(filter-out %_test.o %/support/main.o,$(E2E_OBJECTS))
ALL_PARTS    := $(sort $(RECEIVER_PARTS) $(FETCHER_PARTS) $(CTL_PARTS))
PROGRAMS     := $(BUILD)/hookspool.fcgi $(BUILD)/hookspool-fetcher $(BUILD)/hookspoolctl
CPP_FILES     = $(shell find src tests bench -name '*.cpp' -o -name '*.h')
TEST_PROGRAMS := $(addprefix $(BUILD)/,hookspool_tests hookspool_power_loss hookspool_torture hookspool_e2e \
                   hookspool_deployments)
SHELL_FILES   = $(wildcard scripts/*) .ci/run bench/ingest bench/fetch bench/contenders/webhook/append-event

# $(call run,WORD): the command that follows, or instead of it a line that says what it makes
run = $(if $(filter 1,$(V)),,@printf '  %-4s %s\n' $(1) $@;)

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:

##@ Build
all: $(PROGRAMS) ## the three programs

$(BUILD)/hookspool.fcgi: $(call part_objects,$(RECEIVER_PARTS)) $(BUILD)/obj/src/receiver/main.o
	$(call run,LINK)$(CXX) $(ALL_LDFLAGS) $(RECEIVER_LDFLAGS) -o $@ $^ $(RECEIVER_LIBS)

$(BUILD)/hookspool-fetcher: $(call part_objects,$(FETCHER_PARTS)) $(BUILD)/obj/src/fetcher/main.o
	$(call run,LINK)$(CXX) $(ALL_LDFLAGS) -o $@ $^ $(CLIENT_LIBS)

$(BUILD)/hookspoolctl: $(call part_objects,$(CTL_PARTS)) $(BUILD)/obj/src/ctl/main.o
	$(call run,LINK)$(CXX) $(ALL_LDFLAGS) -o $@ $^ $(CTL_LIBS)

sim: $(BUILD)/strava_sim ## the simulated Strava that the tests and the quickstart use

$(BUILD)/strava_sim: $(SIM_OBJECTS) $(BUILD)/obj/tests/strava_sim/main.o
	$(call run,LINK)$(CXX) $(ALL_LDFLAGS) -o $@ $^ $(SIM_LIBS)

$(BUILD)/idle_responder: $(BUILD)/obj/bench/idle_responder.o
	$(call run,LINK)$(CXX) $(ALL_LDFLAGS) -o $@ $^ -lfcgi

$(BUILD)/ingest $(BUILD)/fill: $(BUILD)/%: $(BUILD)/obj/bench/%.o $(BUILD)/obj/bench/waiting_events.o \
                              $(call part_objects,$(FETCHER_PARTS))
	$(call run,LINK)$(CXX) $(ALL_LDFLAGS) -o $@ $^ $(CLIENT_LIBS)

$(BUILD)/append_and_sync: bench/contenders/append_and_sync.c
	$(call run,CC)$(CC) -std=gnu11 -O2 $(WARNINGS) -o $@ $<

$(BUILD)/hookspool_tests: $(TEST_OBJECTS) $(SIM_OBJECTS) $(call part_objects,$(ALL_PARTS))
	$(call run,LINK)$(CXX) $(ALL_LDFLAGS) -o $@ $^ $(TEST_LIBS)

$(BUILD)/hookspool_e2e: $(E2E_OBJECTS) $(call part_objects,base event spool)
	$(call run,LINK)$(CXX) $(ALL_LDFLAGS) -o $@ $^ -ljsoncpp -lz -lcpp-httplib -lssl -lcrypto -lgmock -lgtest

$(BUILD)/hookspool_power_loss: $(POWER_LOSS_OBJECTS) $(call part_objects,$(sort $(RECEIVER_PARTS) $(FETCHER_PARTS)))
	$(call run,LINK)$(CXX) $(ALL_LDFLAGS) -o $@ $^ $(TEST_LIBS)

$(BUILD)/hookspool_torture: $(TORTURE_OBJECTS) $(call part_objects,$(FETCHER_PARTS))
	$(call run,LINK)$(CXX) $(ALL_LDFLAGS) -o $@ $^ $(CLIENT_LIBS) -lcpp-httplib -lssl -lgtest

# Loaded before the C library into programs under test, so it must need nothing else, sanitizers least of all.
$(BUILD)/libsystem_calls.so: $(call objects,$(wildcard tests/preload/*.cpp))
	$(call run,LINK)$(CXX) -shared -pthread -Wl,--as-needed -o $@ $^

$(BUILD)/deployments: $(BUILD)/obj/bench/deployments.o $(filter-out %_test.o %/main.o,$(DEPLOYMENT_OBJECTS)) \
                      $(call part_objects,base event spool)
	$(call run,LINK)$(CXX) $(ALL_LDFLAGS) -o $@ $^ -ljsoncpp -lz -lcpp-httplib -lssl -lcrypto -lgtest

$(BUILD)/hookspool_deployments: $(DEPLOYMENT_OBJECTS) $(call part_objects,base event spool)
	$(call run,LINK)$(CXX) $(ALL_LDFLAGS) -o $@ $^ -ljsoncpp -lz -lcpp-httplib -lssl -lcrypto -lgmock -lgtest

# `hookspoolctl init` prints what the repository ships: each file is made a string literal.
SNIPPETS := $(wildcard nginx/*.conf apache/*) docs/lighttpd.conf docs/Caddyfile

$(BUILD)/snippets/%.inc: %
	@mkdir -p $(@D)
	$(call run,TEXT)printf '%s%s%s' 'R"snippet(' "$$(cat $<)" ')snippet"' > $@

$(BUILD)/obj/src/ctl/web_server_snippet.o: $(SNIPPETS:%=$(BUILD)/snippets/%.inc)
$(BUILD)/obj/src/ctl/web_server_snippet.o: CPPFLAGS += -I$(BUILD)/snippets

# CLI11 is compiled again with each command. Nothing there is worth what the optimizer and a debugger's knowledge of its
# variables take: more than half of the compiler's time.
$(BUILD)/obj/src/ctl/%.o: ALL_CXXFLAGS += $(if $(filter -g%,$(CXXFLAGS)),-g1) $(if $(filter -O2,$(CXXFLAGS)),-O1)

$(BUILD)/obj/src/%.o: src/%.cpp
	@mkdir -p $(@D)
	$(call run,CXX)$(CXX) $(CPPFLAGS) $(ALL_CXXFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/obj/tests/preload/%.o: tests/preload/%.cpp
	@mkdir -p $(@D)
	$(call run,CXX)$(CXX) -Itests -std=c++20 -pthread $(WARNINGS) -O2 -g -fPIC -fvisibility=hidden -fno-exceptions \
	  -fno-rtti -fno-threadsafe-statics -MMD -MP -c -o $@ $<

# Debian's cpp-httplib is compiled with TLS, which every user of its header must say too.
TEST_CPPFLAGS = $(CPPFLAGS) -Itests -DCPPHTTPLIB_OPENSSL_SUPPORT

$(BUILD)/obj/tests/%.o: tests/%.cpp
	@mkdir -p $(@D)
	$(call run,CXX)$(TEST_CXX) $(TEST_CPPFLAGS) $(ALL_CXXFLAGS) -MMD -MP -c -o $@ $<

# A test is compiled once and run once: the optimizer takes longer than it saves, and so does what a debugger wants to
# know beyond the lines.
UNOPTIMIZED  := -O0 -g1 -U_FORTIFY_SOURCE
TEST_HEADERS := $(if $(findstring clang,$(TEST_CXX)),$(BUILD)/obj/tests/support/precompiled.pch)

$(BUILD)/obj/tests/%_test.o: tests/%_test.cpp $(TEST_HEADERS)
	@mkdir -p $(@D)
	$(call run,CXX)$(TEST_CXX) $(TEST_CPPFLAGS) $(ALL_CXXFLAGS) $(UNOPTIMIZED) $(TEST_HEADERS:%=-include-pch %) -MMD -MP -c -o $@ $<

$(BUILD)/obj/tests/support/precompiled.pch: tests/support/precompiled.h VERSION
	@mkdir -p $(@D)
	$(call run,CXX)$(TEST_CXX) $(TEST_CPPFLAGS) $(ALL_CXXFLAGS) $(UNOPTIMIZED) -x c++-header -o $@ $<

$(BUILD)/obj/bench/%.o: bench/%.cpp
	@mkdir -p $(@D)
	$(call run,CXX)$(CXX) $(CPPFLAGS) -Itests -DCPPHTTPLIB_OPENSSL_SUPPORT $(ALL_CXXFLAGS) -MMD -MP -c -o $@ $<

##@ Check
# The tests find the programs that they run by this.
test: export HOOKSPOOL_BUILD := $(BUILD)
test: test-programs ## unit, integration, end-to-end and deployment tests
	scripts/run-tests $(TEST_PROGRAMS)

test-programs: all sim bundle $(BUILD)/libsystem_calls.so $(TEST_PROGRAMS)

RAPIDJSON_IGNORELIST := tests/fuzz/sanitizer_ignorelist.txt

# A build with a sanitizer has a folder of its own, so that objects never mix. Debian's SOCI is built
# without what the vptr check needs. With the checks in its way g++ 12 takes std::regex's own members for
# uninitialized, and clang has one check more, which RapidJSON fails. CXX=clang++-14 TEST_CXX=clang++-14 takes half the
# time.
IS_CLANG = $(findstring clang,$(CXX))
# The thirty days alone take ten minutes there.
asan tsan: export SHARD_SECONDS := 3600
asan: ## the same tests with AddressSanitizer and UndefinedBehaviorSanitizer
	$(MAKE) test BUILD=$(BUILD)/asan CXXFLAGS='-O1 -g -fno-omit-frame-pointer $(if $(IS_CLANG),,-Wno-maybe-uninitialized)' \
	  SANITIZE='-fsanitize=address,undefined -fno-sanitize=vptr -fno-sanitize-recover=all $(if $(IS_CLANG),-fsanitize-ignorelist=$(RAPIDJSON_IGNORELIST))'

# The tests that lose power restart programs in their process so often that the sanitizer takes 12 GiB. One of them has
# several threads, as the long round has, and few restarts.
tsan: export TSAN_OPTIONS := suppressions=$(CURDIR)/tests/thread_sanitizer.supp
tsan: ## the same tests with ThreadSanitizer, but for most of those of power losses
	GTEST_FILTER='-EverySurvival/PowerLoss.*' $(MAKE) test $(TSAN_BUILD) \
	  TEST_PROGRAMS='$(filter-out %/hookspool_power_loss,$(TEST_PROGRAMS:$(BUILD)/%=$(BUILD)/tsan/%))'
	GTEST_FILTER='*.SeveralThreads*' $(MAKE) test $(TSAN_BUILD) TEST_PROGRAMS=$(BUILD)/tsan/hookspool_power_loss

TSAN_BUILD = BUILD=$(BUILD)/tsan CXXFLAGS='-O1 -g' SANITIZE=-fsanitize=thread

power-loss: export HOOKSPOOL_BUILD := $(BUILD)
power-loss: export HOOKSPOOL_POWER_LOSS := all
power-loss: all $(BUILD)/libsystem_calls.so $(BUILD)/hookspool_power_loss ## states that a power loss can leave, in half an hour or more
	SHARD_SECONDS=21600 scripts/run-tests $(BUILD)/hookspool_power_loss

# A fuzzer is a program of its own for each file tests/fuzz/*_fuzzer.cpp, made of the sources that they need.
FUZZ_SECONDS ?= 60
FUZZERS      := $(patsubst tests/fuzz/%.cpp,$(BUILD)/%,$(wildcard tests/fuzz/*_fuzzer.cpp))
FUZZED       := $(call sources,$(addprefix src/,base config event spool signature)) \
                $(addprefix src/receiver/,fastcgi_connection.cpp fastcgi_framing.cpp fastcgi_sieve.cpp parameter_lengths.cpp \
                  handler.cpp page.cpp replay.cpp response.cpp) \
                $(filter-out %/curl_transport.cpp %/certificate_authorities.cpp,$(call sources,src/strava)) \
                src/fetcher/settling.cpp src/ctl/redirect.cpp tests/support/memory_file_system.cpp \
                tests/fuzz/fuzzed_receiver.cpp
FUZZ_LIBS    := -lfcgi -ljsoncpp -lz -lcrypto

$(BUILD)/fuzzed.a: $(call objects,$(FUZZED))
	$(call run,AR)rm -f $@ && ar cr $@ $^

$(FUZZERS): $(BUILD)/%: $(BUILD)/obj/tests/fuzz/%.o $(BUILD)/fuzzed.a
	$(call run,LINK)$(CXX) $(ALL_LDFLAGS) -o $@ $^ $(FUZZ_LIBS)

fuzzers: $(FUZZERS)

fuzz: ## each fuzzer for FUZZ_SECONDS with both sanitizers; by clang
	@begin=$$(date +%s); $(MAKE) fuzzers BUILD=$(BUILD)/fuzz CXX=clang++-14 CXXFLAGS='-O1 -g1 -fno-omit-frame-pointer' \
	  SANITIZE='-fsanitize=fuzzer,address,undefined -fno-sanitize=vptr -fno-sanitize-recover=all -fsanitize-ignorelist=$(RAPIDJSON_IGNORELIST)' && \
	  echo "The fuzzers were built in $$(($$(date +%s) - begin)) s."
	scripts/fuzz $(FUZZ_SECONDS) $(BUILD)/fuzz

torture: export HOOKSPOOL_BUILD := $(BUILD)
torture: export TORTURE_SECONDS ?= 300
torture: all sim $(BUILD)/libsystem_calls.so $(BUILD)/hookspool_torture ## everything goes wrong under load, for TORTURE_SECONDS
	SHARD_SECONDS=$$((TORTURE_SECONDS + 900)) scripts/run-tests $(BUILD)/hookspool_torture

lint: ## formatting, shell scripts
	@clang-format-14 --dry-run --Werror $(CPP_FILES)
	@shellcheck $(SHELL_FILES)

tidy: ## clang-tidy over src, which takes some minutes
	clang-tidy --quiet $(filter src/%.cpp,$(CPP_FILES)) -- -std=c++20 $(CPPFLAGS)

format: ## format the sources in place
	@clang-format-14 -i $(CPP_FILES)

BENCH_PROGRAMS := $(addprefix $(BUILD)/,idle_responder append_and_sync ingest fill deployments)

bench: export HOOKSPOOL_BUILD := $(BUILD)
bench: all bundle $(BENCH_PROGRAMS) ## what each program can do, beside what others can
	bench/receiver
	bench/cold_start
	bench/growth
	bench/ingest
	bench/fetch
	$(BUILD)/deployments

bench-instructions: export HOOKSPOOL_BUILD := $(BUILD)
bench-instructions: all $(BUILD)/ingest ## instructions per event, beside those of bench/instructions.txt
	bench/instructions

##@ Package
BUNDLE := $(BUILD)/hookspool-$(VERSION)-linux-x86_64.tar.gz

bundle: $(BUNDLE) ## one archive for shared hosting, which runs on any x86-64 Linux
$(BUNDLE): $(PROGRAMS) scripts/bundle scripts/launcher.sh apache/shared-hosting.htaccess docs/shared-hosting.md \
           docs/hookspool.toml.example LICENSE
	scripts/bundle $(BUILD) $@

# Built from a copy, since Debian's tools write beside the tree. Debian's own rules are in debian/.
deb: ## a package for Debian, in $(BUILD)/deb/
	rm -rf $(BUILD)/deb && mkdir -p $(BUILD)/deb/hookspool-$(VERSION)
	tar --create --exclude=./$(BUILD) --exclude=./build --exclude=./.git . | tar --extract -C $(BUILD)/deb/hookspool-$(VERSION)
	cd $(BUILD)/deb/hookspool-$(VERSION) && env -u MAKEFLAGS -u BUILD dpkg-buildpackage --build=binary --no-sign --jobs=auto
	lintian --fail-on error $(BUILD)/deb/*.deb

##@ Install
DOC_DIR := $(DESTDIR)$(PREFIX)/share/doc/hookspool
MAN_DIR := $(DESTDIR)$(PREFIX)/share/man
COMPLETION_DIR := $(DESTDIR)$(PREFIX)/share/bash-completion/completions
UNIT_DIR := $(DESTDIR)$(PREFIX)/lib/systemd/system
UNITS    := $(wildcard systemd/*.service systemd/*.socket systemd/*.timer)

# $(call install_text,DIR,FILES): with the places of this installation in them
install_text = install -d $(1) && for file in $(2); do sed 's|/usr/local/|$(PREFIX)/|g' $$file > \
  $(1)/$$(basename $$file) && chmod 644 $(1)/$$(basename $$file) || exit; done

install: all ## into $(DESTDIR)$(PREFIX)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/hookspool $(MAN_DIR)/man1 $(MAN_DIR)/man8
	install $(BUILD)/hookspool-fetcher $(BUILD)/hookspoolctl $(DESTDIR)$(PREFIX)/bin
	install $(BUILD)/hookspool.fcgi $(DESTDIR)$(PREFIX)/lib/hookspool
	$(call install_text,$(DOC_DIR),README.md LICENSE CHANGELOG.md)
	$(call install_text,$(DOC_DIR)/docs,$(wildcard docs/*.* docs/Caddyfile))
	$(call install_text,$(DOC_DIR)/nginx,$(wildcard nginx/*))
	$(call install_text,$(DOC_DIR)/apache,$(wildcard apache/*))
	$(call install_text,$(UNIT_DIR),$(UNITS))
	install -D -m 644 systemd/hookspool.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/hookspool.conf
	install -D -m 644 systemd/hookspool.tmpfiles $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/hookspool.conf
	install -m 644 docs/man/*.1 $(MAN_DIR)/man1
	install -m 644 docs/man/*.8 $(MAN_DIR)/man8
	install -d $(COMPLETION_DIR)
	$(BUILD)/hookspoolctl completion > $(COMPLETION_DIR)/hookspoolctl

uninstall: ## remove what install put there; configuration, spool and store stay
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/bin/,hookspool-fetcher hookspoolctl)
	rm -f $(addprefix $(MAN_DIR)/,man1/hookspoolctl.1 man8/hookspool.fcgi.8 man8/hookspool-fetcher.8)
	rm -f $(COMPLETION_DIR)/hookspoolctl
	rm -f $(addprefix $(UNIT_DIR)/,$(notdir $(UNITS)))
	rm -f $(DESTDIR)$(PREFIX)/lib/sysusers.d/hookspool.conf $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/hookspool.conf
	rm -rf $(DESTDIR)$(PREFIX)/lib/hookspool $(DOC_DIR)

##@ Other
clean: ## remove everything that was built
	rm -rf $(BUILD)

help: ## this list
	@awk -F ':.*## ' '/^##@/ {print substr($$0, 5)} /^[a-z-]+:.*## / {printf "  %-18s %s\n", $$1, $$2}' Makefile

.PHONY: all bundle deb sim test test-programs torture asan tsan power-loss fuzzers fuzz lint tidy format bench bench-instructions install uninstall clean help

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
