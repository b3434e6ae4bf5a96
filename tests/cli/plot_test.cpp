// Curves whose numbers are no numbers, or too far apart.
#include "cli/plot.h"

#include <gmock/gmock.h>

#include <limits>

namespace hornbeam::cli {
namespace {

History history_of(const std::vector<double>& loss) {
  History history;
  for (std::size_t e = 0; e < loss.size(); ++e) history.epoch.push_back(static_cast<std::int64_t>(e));
  history.history = {{"loss", {loss.begin(), loss.end()}}};
  return history;
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++n;
  return n;
}

TEST(Plots, NoLineLeadsOverWhatIsNoNumber) {
  constexpr auto kNan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(count_of(history_svg(history_of({3, 2, 1})), "<polyline"), 1U);
  const auto svg = history_svg(history_of({kNan, 3, 2, kNan, kNan, 1, 0.5}));
  EXPECT_EQ(count_of(svg, "<polyline"), 2U);
  EXPECT_EQ(count_of(svg, "<circle"), 4U);
  EXPECT_EQ(count_of(history_svg(history_of({kNan, kNan})), "<polyline"), 0U);
}

TEST(Plots, ShowNumbersOfAnySize) {
  constexpr auto kMost = std::numeric_limits<double>::max(), kLeast = std::numeric_limits<double>::denorm_min();
  for (const auto& loss : std::vector<std::vector<double>>{
           {-kMost, kMost}, {kMost, kMost}, {0, kLeast}, {kMost, 0, -1}, {1e17, 1e17 + 16}, {1, 1 + 2.3e-16}}) {
    const auto svg = history_svg(history_of(loss));
    EXPECT_EQ(count_of(svg, "<polyline"), 1U);
    EXPECT_THAT(svg, testing::Not(testing::ContainsRegex("[^a-z]-?(nan|inf)[^a-z]"))) << loss[0];
  }
}

// A curve for each element, and points where there are values alone.
TEST(Plots, ShowArraysAndWhatIsThereNowAndThen) {
  History history;
  for (std::int64_t e = 0; e < 4; ++e) {
    Logs logs({"f1"}, {Result(Tensor::from<float>({2}, {0.25F * static_cast<float>(e), 1}))});
    if (e % 2 == 1) logs.set("val_f1", Result(Tensor::from<float>({2}, {0.5F, 1})));
    history.add(e, logs);
  }
  const auto svg = history_svg(history);
  EXPECT_EQ(count_of(svg, "<polyline"), 4U);
  EXPECT_EQ(count_of(svg, "<circle"), 12U);
  for (const char* name : {">f1[0]<", ">f1[1]<", ">val_f1[0]<", ">val_f1[1]<"})
    EXPECT_EQ(count_of(svg, name), 1U) << name;
}

}  // namespace
}  // namespace hornbeam::cli
