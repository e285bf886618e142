#include "ctl/table.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace hookspool::ctl {
namespace {

using Align = Table::Align;

TEST(Table, AlignsItsColumns) {
  Table table({{"ID", Align::kRight}, {"SPORT"}, {"NAME"}});
  table.add_row({"7", "Ride", "Home"});
  table.add_row({"16185205521", "EMountainBikeRide", "Work"});
  EXPECT_EQ(table.text(/*bold=*/false),
            "         ID  SPORT              NAME\n"
            "          7  Ride               Home\n"
            "16185205521  EMountainBikeRide  Work\n");
}

TEST(Table, CountsCharactersRatherThanBytes) {
  Table table({{"NAME"}, {"KM", Align::kRight}});
  table.add_row({"Café", "1.0"});
  table.add_row({"Cafe", "1.0"});
  EXPECT_EQ(table.text(/*bold=*/false), "NAME   KM\nCafé  1.0\nCafe  1.0\n");
}

TEST(Table, LeavesNoBlanksAtTheEndOfALine) {
  Table table({{"A"}, {"LONG HEADING"}});
  table.add_row({"a", ""});
  EXPECT_EQ(table.text(/*bold=*/false), "A  LONG HEADING\na\n");
}

TEST(Table, PassesNothingOnThatATerminalWouldObey) {
  Table table({{"NAME"}});
  table.add_row({"\x1b[2Jgone\nnext"});
  EXPECT_EQ(table.text(/*bold=*/false), "NAME\n?[2Jgone?next\n");
}

TEST(Table, MarksItsHeadingsWhereThatIsWanted) {
  EXPECT_EQ(Table({{"A"}}).text(/*bold=*/true), "\x1b[1mA\x1b[0m\n");
}

TEST(Table, TakesOnlyRowsThatFit) {
  Table table({{"A"}, {"B"}});
  EXPECT_THROW(table.add_row({"1"}), std::logic_error);
}

}  // namespace
}  // namespace hookspool::ctl
