// What record_ragged.py stores: arrays and ragged tensors, and models on them.
#pragma once

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "hornbeam/hornbeam.hpp"
#include "keras/recorded.h"

namespace hornbeam::testing_support {

struct RaggedRecords : Recorded {
  explicit RaggedRecords(const std::string& name) : Recorded("ragged", name) {}

  Tensor array(const Config& stored) const {
    if (stored.is_string()) return arrays.at(stored.as_string());
    std::vector<Tensor> splits;
    for (const auto& key : stored.at("splits").as_list()) splits.push_back(arrays.at(key.as_string()));
    return RaggedTensor::from_nested_row_splits(arrays.at(stored.at("flat").as_string()), splits);
  }
  std::vector<Tensor> list(const Config& stored) const {
    if (!stored.is_list()) return {array(stored)};
    std::vector<Tensor> tensors;
    for (const auto& item : stored.as_list()) tensors.push_back(array(item));
    return tensors;
  }
  Values values(const Config& stored) const {
    const auto tensors = list(stored);
    return tensors.size() == 1 ? Values(tensors[0]) : Values(tensors);
  }
};

inline void expect_ragged_close(const Tensor& got, const Tensor& want, const std::string& what) {
  ASSERT_EQ(is_ragged(got), is_ragged(want)) << what;
  if (!is_ragged(want)) return expect_close(got, want, 1e-5, 1e-5, what);
  const RaggedTensor a(got), b(want);
  expect_close(a.flat_values(), b.flat_values(), 1e-5, 1e-5, what);
  ASSERT_EQ(a.ragged_rank(), b.ragged_rank()) << what;
  for (std::size_t i = 0; i < a.ragged_rank(); ++i) {
    expect_close(a.nested_row_splits()[i], b.nested_row_splits()[i], 0, 0, what + ": splits");
  }
}

inline void expect_outputs(const Values& got, const std::vector<Tensor>& want, const std::string& what) {
  const auto outputs = got.flatten();
  ASSERT_EQ(outputs.size(), want.size()) << what;
  for (std::size_t i = 0; i < want.size(); ++i) expect_ragged_close(outputs[i], want[i], what);
}

inline constexpr const char* kRaggedProducers[] = {"tf-2.2.3", "tf-2.15.1"};

}  // namespace hornbeam::testing_support
