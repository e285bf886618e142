# `make help` lists the targets. Everything that is built goes below $(BUILD).

CXX      ?= g++
BUILD    ?= build
PREFIX   ?= /usr/local
DESTDIR  ?=
# debug, release; or a sanitizer build by way of `make asan` and `make tsan`
CXXFLAGS ?= -O2 -g
SANITIZE ?=

VERSION  := $(shell cat VERSION)
WARNINGS := -Wall -Wextra -Wpedantic -Werror
CPPFLAGS += -Isrc $(shell pkg-config --cflags jsoncpp | sed 's/-I/-isystem /g') -DHOOKSPOOL_VERSION='"$(VERSION)"' -DSPDLOG_FMT_EXTERNAL -DSPDLOG_COMPILED_LIB
ALL_CXXFLAGS = -std=c++20 -pthread $(WARNINGS) $(CXXFLAGS) $(SANITIZE)
ALL_LDFLAGS  = -pthread $(LDFLAGS) $(SANITIZE)

# Which folders make which program. The receiver's list is what keeps it small: it has neither a
# network client nor a database, and tests/e2e checks that the linked binary shows it.
RECEIVER_PARTS := base config event spool receiver
FETCHER_PARTS  := base config event spool strava store fetcher
CTL_PARTS      := base config event spool strava store ctl

RECEIVER_LIBS := -lfcgi -ljsoncpp -lz
CLIENT_LIBS   := -ljsoncpp -lz -lcurl -lsoci_core -lsoci_sqlite3 -lspdlog -lfmt
SIM_LIBS      := -lcpp-httplib -ljsoncpp -lssl -lcrypto
TEST_LIBS     := $(CLIENT_LIBS) -lfcgi -lsqlite3 $(SIM_LIBS) -lgmock -lgtest

# $(call sources,DIRS): every .cpp of the folders that is neither a test nor a main program
sources = $(filter-out %/main.cpp %_test.cpp,$(wildcard $(addsuffix /*.cpp,$(1))))
objects = $(patsubst %.cpp,$(BUILD)/obj/%.o,$(1))
part_objects = $(call objects,$(call sources,$(addprefix src/,$(1))))

SIM_OBJECTS  := $(call objects,$(call sources,tests/strava_sim))
TEST_SOURCES := $(shell find tests -name '*_test.cpp') $(wildcard tests/support/*.cpp)
TEST_OBJECTS := $(call objects,$(TEST_SOURCES))
ALL_PARTS    := $(sort $(RECEIVER_PARTS) $(FETCHER_PARTS) $(CTL_PARTS))
PROGRAMS     := $(BUILD)/hookspool.fcgi $(BUILD)/hookspool-fetcher $(BUILD)/hookspoolctl
CPP_FILES     = $(shell find src tests bench -name '*.cpp' -o -name '*.h')
SHELL_FILES   = $(wildcard scripts/*) .ci/run $(wildcard tests/e2e/*.sh) $(wildcard bench/*.sh)

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:

##@ Build
all: $(PROGRAMS) ## the three programs

$(BUILD)/hookspool.fcgi: $(call part_objects,$(RECEIVER_PARTS)) $(BUILD)/obj/src/receiver/main.o
	$(CXX) $(ALL_LDFLAGS) -o $@ $^ $(RECEIVER_LIBS)

$(BUILD)/hookspool-fetcher: $(call part_objects,$(FETCHER_PARTS)) $(BUILD)/obj/src/fetcher/main.o
	$(CXX) $(ALL_LDFLAGS) -o $@ $^ $(CLIENT_LIBS)

$(BUILD)/hookspoolctl: $(call part_objects,$(CTL_PARTS)) $(BUILD)/obj/src/ctl/main.o
	$(CXX) $(ALL_LDFLAGS) -o $@ $^ $(CLIENT_LIBS)

sim: $(BUILD)/strava_sim ## the simulated Strava that the tests and the quickstart use

$(BUILD)/strava_sim: $(SIM_OBJECTS) $(BUILD)/obj/tests/strava_sim/main.o
	$(CXX) $(ALL_LDFLAGS) -o $@ $^ $(SIM_LIBS)

$(BUILD)/idle_responder: $(BUILD)/obj/bench/idle_responder.o
	$(CXX) $(ALL_LDFLAGS) -o $@ $^ -lfcgi

$(BUILD)/hookspool_tests: $(TEST_OBJECTS) $(SIM_OBJECTS) $(call part_objects,$(ALL_PARTS))
	$(CXX) $(ALL_LDFLAGS) -o $@ $^ $(TEST_LIBS)

$(BUILD)/obj/src/%.o: src/%.cpp
	@mkdir -p $(@D)
	$(CXX) $(CPPFLAGS) $(ALL_CXXFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/obj/tests/%.o: tests/%.cpp
	@mkdir -p $(@D)
	$(CXX) $(CPPFLAGS) -Itests $(ALL_CXXFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/obj/bench/%.o: bench/%.cpp
	@mkdir -p $(@D)
	$(CXX) $(CPPFLAGS) $(ALL_CXXFLAGS) -MMD -MP -c -o $@ $<

clean: ## remove everything that was built
	rm -rf $(BUILD)

help: ## this list
	@awk -F ':.*## ' '/^##@/ {print substr($$0, 5)} /^[a-z-]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' Makefile

.PHONY: all sim clean help

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
