#pragma once

// What most tests include and takes longest to read. Each test includes what it uses nevertheless:
// not every compiler is given this.

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
