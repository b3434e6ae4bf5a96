// TensorFlow's updates of variables as TensorFlow 2.15.1 recorded them (tools/record/record_updates.py).
#include <map>

#include "graph/test_functions.h"
#include "graph/variables.h"
#include "hornbeam/config.hpp"
#include "hornbeam/npy.hpp"
#include "hornbeam/ops.hpp"
#include "ops/kernels/parallel.h"
#include "support/files.h"
#include "support/test_data.h"

namespace hornbeam::graph {
namespace {

double tolerance_of(DType dtype) {
  switch (dtype) {
    case DType::float64:
      return 1e-14;
    case DType::float32:
      return 1e-6;
    case DType::float16:
      return 2e-3;  // TensorFlow rounds every intermediate to the type, the kernels here the results
    default:
      return 1.6e-2;
  }
}

void expect_near(const Tensor& got, const Tensor& want, DType dtype, const std::string& what) {
  ASSERT_EQ(got.shape(), want.shape()) << what;
  const auto a = ops::cast(got, DType::float64), b = ops::cast(want, DType::float64);
  for (std::size_t i = 0; i < a.data<double>().size(); ++i) {
    const auto x = a.data<double>()[i], y = b.data<double>()[i];
    ASSERT_LE(std::abs(x - y), tolerance_of(dtype) * (1 + std::abs(y))) << what << " at " << i;
  }
}

}  // namespace

TEST(Updates, ComputeWhatTensorFlowComputes) {
  const auto stem = test_data("graph") + "/updates";
  const auto rows = Config::parse(testing_support::read_file(stem + ".json"), stem);
  std::map<std::string, Tensor> arrays;
  for (auto& [key, tensor] : load_npz(stem + ".npz")) arrays[key] = tensor;
  for (const auto& row : rows.as_list()) {
    const auto dtype = dtype_from_name(row.at("dtype").as_string());
    // Many times the same elements: enough that threads share them out.
    const auto array = [&](const Config& key) {
      const auto x = ops::cast(arrays.at(key.as_string()), dtype);
      return x.rank() == 0 ? x : ops::tile(x, {4000, 1});
    };
    const auto what = row.at("op").as_string() + " " + row.at("dtype").as_string() + row.at("attrs").dump();
    Attrs attrs;
    for (const auto& [key, value] : row.at("attrs").as_dict()) attrs.set(key, value.as_bool());
    std::vector<std::vector<Tensor>> by_threads;
    for (const int threads : {1, 2, 3}) {
      const kernels::ThreadLimit limit(threads);
      std::vector<Variable> variables;
      for (const auto& key : row.at("before").as_list()) variables.push_back(variable("v", array(key)));
      std::vector<Tensor> inputs;
      for (const auto& key : row.at("inputs").as_list()) inputs.push_back(array(key));
      const auto step = compile({}, [&](std::span<const Tensor>) {
        update_variables(row.at("op").as_string(), variables, inputs, attrs);
        return std::vector<Tensor>();
      });
      step->run({});
      by_threads.emplace_back();
      for (std::size_t i = 0; i < variables.size(); ++i) {
        by_threads.back().push_back(variables[i]->value());
        expect_near(variables[i]->value(), array(row.at("after").at(i)), dtype,
                    what + " variable " + std::to_string(i));
        EXPECT_EQ(std::memcmp(by_threads[0][i].raw(), variables[i]->value().raw(), by_threads[0][i].bytes()), 0)
            << what << " on " << threads << " threads";
      }
    }
  }
  EXPECT_GE(rows.size(), 40U);
}

TEST(Updates, RefuseGradientsOfAnotherShape) {
  const auto v = variable("v", Tensor::zeros(DType::float32, {2, 3}));
  const Tensor inputs[] = {Tensor::scalar(0.1F), Tensor::zeros(DType::float32, {3, 2})};
  const auto run = [&] {
    compile({}, [&](std::span<const Tensor>) {
      update_variables("ResourceApplyGradientDescent", std::span(&v, 1), inputs);
      return std::vector<Tensor>();
    })->run({});
  };
  EXPECT_THROW(run(), InvalidArgumentError);
}

}  // namespace hornbeam::graph
