// Tables from keys to values, as TensorFlow's: what LookupTableFindV2 and its kin take as a resource.
//
// A table is passed as a variable is, so that functions capture it and files name it; what it holds is a value of dtype
// variant, replaced as a whole. Thread-safety: as Variable.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>

#include "hornbeam/variable.hpp"
#include "tensor/variant.h"

namespace hornbeam {

// Keys, strings or integers, each once, and as many values.
class TableContents final : public VariantObject {
 public:
  // Throws InvalidArgumentError in TensorFlow's words: counts that differ; when not `replacing`, a key that comes again
  // with another value. Otherwise later values win.
  static std::shared_ptr<const TableContents> make(const Tensor& keys, const Tensor& values, bool replacing);
  const char* type_name() const override { return "LookupTable"; }

  const Tensor& keys() const { return keys_; }
  const Tensor& values() const { return values_; }
  std::int64_t size() const { return keys_.num_elements(); }
  // Of each key its value, of those that are not there `fallback` (a scalar, or one for each).
  Tensor find(const Tensor& keys, const Tensor& fallback) const;
  // These again, and more: later values win.
  std::shared_ptr<const TableContents> with(const Tensor& keys, const Tensor& values) const;
  std::shared_ptr<const TableContents> without(const Tensor& keys) const;

 private:
  Tensor keys_, values_;
  std::unordered_map<std::string, std::int64_t> by_text_;
  std::unordered_map<std::int64_t, std::int64_t> by_number_;
};

class LookupTable final : public VariableNode {
 public:
  // fixed: filled once, as a HashTable; else a MutableHashTable. Throws TypeError for dtypes that cannot be keys.
  LookupTable(std::string name, DType keys, DType values, bool fixed);

  DType key_dtype() const { return key_dtype_; }
  DType value_dtype() const { return value_dtype_; }
  bool is_fixed() const { return fixed_; }
  bool is_initialized() const { return initialized_; }
  // A table whose contents come from elsewhere in files of tf.keras 2.3 and later; before, and of mutable ones, they
  // are a checkpoint's.
  bool is_kept(Target target) const;
  std::vector<Edge> checkpoint_children(Target target) const override;
  const TableContents& contents() const;
  // What it holds from now on. Throw InvalidArgumentError when dtypes differ.
  void import(const Tensor& keys, const Tensor& values);
  void set_contents(std::shared_ptr<const TableContents> contents);

 private:
  void check_dtypes(DType keys, DType values) const;
  DType key_dtype_, value_dtype_;
  bool fixed_, initialized_ = false;
};

// Throws InvalidArgumentError unless the resource is a table.
std::shared_ptr<LookupTable> table_of(const Tensor& resource);

// The values of the keys, eagerly or in a trace; `fallback` a scalar.
Tensor table_lookup(const std::shared_ptr<LookupTable>& table, const Tensor& keys, const Tensor& fallback);

}  // namespace hornbeam
