// Where it can, the torture has file systems and processes of its own.

#include <gtest/gtest.h>

#include "deployment/namespaces.h"

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  return hookspool::deployment::run_isolated([] { return RUN_ALL_TESTS(); });
}
