// HashTableV2, MutableHashTableV2 and what finds, counts, fills and empties them.
#include "ops/dispatch.h"
#include "ops/shape_math.h"
#include "ops/text/lookup_table.h"
#include "ops/text/rows.h"
#include "tensor/resource.h"

namespace hornbeam {
namespace {

using Outputs = std::vector<Tensor>;

std::vector<Shape> scalar_output(const ShapeContext&) { return {Shape{}}; }
std::vector<Shape> nothing_out(const ShapeContext&) { return {}; }
std::vector<Shape> shape_of_keys(const ShapeContext& c) { return {c.shape(1)}; }
std::vector<Shape> two_vectors(const ShapeContext&) { return {Shape{None}, Shape{None}}; }

template <bool kFixed>
Outputs make_table(const Attrs& attrs, std::span<const Tensor>) {
  const auto* name = attrs.find("shared_name");
  const auto* text = name ? std::get_if<std::string>(name) : nullptr;
  return {resource_tensor(std::make_shared<LookupTable>(text && !text->empty() ? *text : "table",
                                                        attrs.type("key_dtype"), attrs.type("value_dtype"), kFixed))};
}

// A static table that nobody filled has no answers.
const TableContents& filled_contents(const LookupTable& table) {
  if (table.is_fixed() && !table.is_initialized()) throw InvalidArgumentError("Table not initialized.");
  return table.contents();
}

Outputs table_find(const Attrs&, std::span<const Tensor> inputs) {
  return {filled_contents(*table_of(inputs[0])).find(inputs[1], inputs[2])};
}

Outputs table_size(const Attrs&, std::span<const Tensor> inputs) {
  return {Tensor::scalar<std::int64_t>(table_of(inputs[0])->contents().size())};
}

Outputs table_export(const Attrs& attrs, std::span<const Tensor> inputs) {
  const auto table = table_of(inputs[0]);
  if (attrs.type("Tkeys") != table->key_dtype() || attrs.type("Tvalues") != table->value_dtype()) {
    throw InvalidArgumentError("LookupTableExportV2: the table has other dtypes");
  }
  return {table->contents().keys(), table->contents().values()};
}

Outputs table_import(const Attrs&, std::span<const Tensor> inputs) {
  table_of(inputs[0])->import(inputs[1], inputs[2]);
  return {};
}

Outputs table_insert(const Attrs&, std::span<const Tensor> inputs) {
  const auto table = table_of(inputs[0]);
  if (table->is_fixed()) throw InvalidArgumentError("LookupTableInsertV2: the table is not a mutable one");
  if (inputs[1].dtype() != table->key_dtype() || inputs[2].dtype() != table->value_dtype()) {
    throw InvalidArgumentError("LookupTableInsertV2: the table has other dtypes");
  }
  table->set_contents(table->contents().with(inputs[1], inputs[2]));
  return {};
}

Outputs table_remove(const Attrs&, std::span<const Tensor> inputs) {
  const auto table = table_of(inputs[0]);
  if (inputs[1].dtype() != table->key_dtype()) {
    throw InvalidArgumentError("LookupTableRemoveV2: the table has other dtypes");
  }
  table->set_contents(table->contents().without(inputs[1]));
  return {};
}

OpDef maker(const char* name, DynamicKernel make) {
  return OpDef(name)
      .output("table_handle: resource")
      .attr("key_dtype: type")
      .attr("value_dtype: type")
      .shape(scalar_output)
      .dynamic(make)
      .stateful()
      .no_gradient();
}

OpDef named_maker(const char* name, DynamicKernel make) {
  return maker(name, make)
      .attr("container: string = ''")
      .attr("shared_name: string = ''")
      .attr("use_node_name_sharing: bool = false");
}

OpDef on_table(const char* name) { return OpDef(name).input("table_handle: resource").stateful().no_gradient(); }

}  // namespace
}  // namespace hornbeam

HB_REGISTER(lookup_table_ops) {
  using namespace hornbeam;
  add_op(named_maker("HashTableV2", make_table<true>));
  add_op(named_maker("MutableHashTableV2", make_table<false>));
  add_op(maker("AnonymousHashTable", make_table<true>));
  add_op(maker("AnonymousMutableHashTable", make_table<false>));
  add_op(on_table("LookupTableFindV2")
             .input("keys: Tin")
             .input("default_value: Tout")
             .output("values: Tout")
             .attr("Tin: type")
             .attr("Tout: type")
             .shape(shape_of_keys)
             .dynamic(table_find));
  add_op(on_table("LookupTableSizeV2").output("size: int64").shape(scalar_output).dynamic(table_size));
  add_op(on_table("LookupTableExportV2")
             .output("keys: Tkeys")
             .output("values: Tvalues")
             .attr("Tkeys: type")
             .attr("Tvalues: type")
             .shape(two_vectors)
             .dynamic(table_export));
  for (const auto* name : {"LookupTableImportV2", "LookupTableInsertV2"}) {
    add_op(on_table(name)
               .input("keys: Tin")
               .input("values: Tout")
               .attr("Tin: type")
               .attr("Tout: type")
               .shape(nothing_out)
               .dynamic(name == std::string_view("LookupTableImportV2") ? table_import : table_insert));
  }
  add_op(on_table("InitializeTableV2")
             .input("keys: Tkey")
             .input("values: Tval")
             .attr("Tkey: type")
             .attr("Tval: type")
             .shape(nothing_out)
             .dynamic(table_import));
  add_op(on_table("LookupTableRemoveV2").input("keys: Tin").attr("Tin: type").shape(nothing_out).dynamic(table_remove));
}
