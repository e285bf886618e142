#pragma once

// What most tests include and takes longest to read. A test must include what it uses nevertheless:
// g++ is not given this.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <json/json.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>
