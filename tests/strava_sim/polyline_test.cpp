#include "strava_sim/polyline.h"

#include <gtest/gtest.h>

namespace hookspool::strava_sim {
namespace {

TEST(Polyline, AgreesWithGooglesExample) {
  EXPECT_EQ(encode_polyline({{38.5, -120.2}, {40.7, -120.95}, {43.252, -126.453}}),
            "_p~iF~ps|U_ulLnnqC_mqNvxq`@");
}

TEST(Polyline, IsEmptyWithoutPoints) {
  EXPECT_EQ(encode_polyline({}), "");
}

}  // namespace
}  // namespace hookspool::strava_sim
