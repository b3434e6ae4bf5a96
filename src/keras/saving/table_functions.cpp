// Functions of lookup tables in SavedModels.
#include "keras/saving/call_functions.h"
#include "keras/saving/structured_specs.h"
#include "ops/text/fingerprint.h"
#include "ops/text/lookup_table.h"
#include "tensor/resource.h"

namespace hornbeam {
namespace {

std::uint64_t fingerprint_of(const Tensor& t) {
  if (t.dtype() != DType::string) {
    return fingerprint64({reinterpret_cast<const char*>(t.raw()), t.bytes()});
  }
  std::uint64_t sum = 0;
  for (const auto& text : t.data<std::string>()) sum = joined_fingerprint(sum, fingerprint64(text));
  return sum;
}

// Tables of one name are one table in a process: the same name means the same contents.
std::string shared_name_of(const LookupTable& table) {
  auto sum = joined_fingerprint(fingerprint_of(table.contents().keys()), fingerprint_of(table.contents().values()));
  sum = joined_fingerprint(sum, static_cast<std::uint64_t>(table.key_dtype()));
  sum = joined_fingerprint(sum, static_cast<std::uint64_t>(table.value_dtype()));
  return (table.is_fixed() ? "hash_table_" : "table_") + std::to_string(sum);
}

}  // namespace

CallFunctions::TableFunctions CallFunctions::trace_table(const std::shared_ptr<LookupTable>& table) {
  TableFunctions made;
  made.shared_name = shared_name_of(*table);
  const auto none = tuple_value({tuple_value({}), dict_value({})});
  const auto function = [&](const std::string& name, DType result, const graph::TraceBody& body) {
    formats::saved_model::FunctionObject object;
    object.arguments = argument_spec({}, {});
    const Tensor shadow(std::make_shared<TensorImpl>(result, Shape{}));
    object.concrete_functions.push_back(
        add(graph::trace(name, {}, body), name, {}, none, spec_values(Values(shadow), {})));
    return object;
  };
  const auto done = [] { return std::vector<Tensor>{Tensor::scalar(std::int32_t{1})}; };
  made.create = function("create_resource", DType::resource, [&](auto) {
    return call_op(
        table->is_fixed() ? "HashTableV2" : "MutableHashTableV2", std::span<const Tensor>(),
        {{"shared_name", made.shared_name}, {"key_dtype", table->key_dtype()}, {"value_dtype", table->value_dtype()}});
  });
  made.initialize = function("initialize", DType::int32, [&](auto) {
    if (table->is_fixed()) {
      call_op("LookupTableImportV2", {resource_tensor(table), table->contents().keys(), table->contents().values()});
    }
    return done();
  });
  made.destroy = function("destroy_resource", DType::int32, [&](auto) { return done(); });
  return made;
}

}  // namespace hornbeam
