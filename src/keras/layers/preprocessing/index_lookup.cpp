#include <algorithm>
#include <limits>
#include <set>

#include "hornbeam/layers/lookup.hpp"
#include "hornbeam/ops.hpp"
#include "hornbeam/target.hpp"
#include "keras/engine/keras_tensor.h"
#include "keras/layers/preprocessing/encode.h"
#include "keras/layers/preprocessing/vocabulary.h"
#include "keras/layers/register.h"
#include "ops/text/lookup_table.h"

namespace hornbeam {
namespace {

std::string python_text(const std::optional<std::int64_t>& n) { return n ? std::to_string(*n) : "None"; }

// 2.x's word of old for a mode.
std::string current_mode(const std::string& mode) {
  if (mode == "binary") return "multi_hot";
  return mode == "tf-idf" ? "tf_idf" : mode;
}

}  // namespace

StringLookupLayer::StringLookupLayer(const StringLookupOptions& options)
    : IndexLookupLayer(with_category_dtype(options.layer(), options.output_mode, false)), encoding_(options.encoding) {
  take(options, "[UNK]");
  check();
}

IntegerLookupLayer::IntegerLookupLayer(const IntegerLookupOptions& options)
    : IndexLookupLayer(with_category_dtype(options.layer(), options.output_mode, false)),
      vocabulary_dtype_(options.vocabulary_dtype) {
  take(options, -1);
  check();
}

void IntegerLookupLayer::check() {
  if (!is_integer(dtype_from_name(vocabulary_dtype_))) {
    throw ValueError("`vocabulary_dtype` must be an integer dtype. Received: " + vocabulary_dtype_);
  }
  IndexLookupLayer::check();
}

void IndexLookupLayer::check() {
  if (max_tokens_ && *max_tokens_ <= 1) {
    throw ValueError("If set, `max_tokens` must be greater than 1. Received: max_tokens=" + python_text(max_tokens_));
  }
  if (pad_ && !max_tokens_) {
    throw ValueError("If pad_to_max_tokens is True, must set `max_tokens`. Received: max_tokens=None");
  }
  if (num_oov_ < 0) {
    throw ValueError("`num_oov_indices` must be greater than or equal to 0. Received: num_oov_indices=" +
                     std::to_string(num_oov_));
  }
  if (constexpr std::int64_t kMost = 1 << 24; num_oov_ > kMost) {  // each is a token of its own
    throw ValueError("`num_oov_indices` of more than 2 ** 24 is not supported. Received: num_oov_indices=" +
                     std::to_string(num_oov_));
  }
  check_allowed(class_name(), "oov_method", oov_method_, {"floormod", "farmhash"});
  if (salt_ && salt_->size() == 1) salt_->push_back(salt_->front());
  if (salt_ && is_integer(token_dtype()) && oov_method_ != "farmhash") {
    throw ValueError("`salt` can only be used when `oov_method='farmhash'`. Received: oov_method=" + oov_method_);
  }
  if (salt_ && salt_->size() != 2) {
    throw ValueError(
        "The `salt` argument for `IndexLookup` can only be a tuple of 2 integers, or a single integer. Received: "
        "salt=" +
        field_to_config(*salt_).dump() + ".");
  }
  output_mode_ = current_mode(output_mode_);
  check_allowed(class_name(), "output_mode", output_mode_, {"int", "one_hot", "multi_hot", "count", "tf_idf"});
  if (invert_ && output_mode_ != "int") {
    throw ValueError("`output_mode` must be `'int'` when `invert` is true. Received: output_mode=" + output_mode_);
  }
  check_sparse(sparse_, output_mode_, "`'one_hot'`, `'multi_hot'`, `'count'` or `'tf_idf'`");
  if (idf_ && output_mode_ != "tf_idf") {
    throw ValueError("`idf_weights` should only be set if `output_mode` is `'tf_idf'`. Received: idf_weights=" +
                     field_to_config(*idf_).dump() + " and output_mode=" + output_mode_);
  }
  check_category_dtype(*this, output_mode_);
  ragged_inputs_ = RaggedInputs::taken;
  autocast_ = false;
  make_state();
  if (vocabulary_.is_string()) {
    // Another file than the model's: not opened (Keras 2 would, Keras 3 asks for safe_mode=False).
    throw ValueError(
        "Requested the loading of a vocabulary file outside of the model archive. This carries a potential risk of "
        "loading arbitrary and sensitive files and thus it is disallowed. Read it and give the words as a list. "
        "Vocabulary file: '" +
        vocabulary_.as_string() + "'");
  }
  if (!vocabulary_.is_null()) set_vocabulary(vocabulary_, idf_);
}

namespace {

// What Keras 2's adapt() counts with, which is empty before and after.
std::vector<Trackable::Edge> adapting_tables(DType tokens, const std::string& output_mode) {
  std::vector<Trackable::Edge> tables;
  for (const auto* name : {"token_counts", "token_document_counts"}) {
    if (output_mode != "tf_idf" && name == std::string_view("token_document_counts")) break;
    tables.push_back({name, std::make_shared<LookupTable>("table", tokens, DType::int64, false)});
  }
  return tables;
}

constexpr const char* kDocuments = "num_documents";
Variable document_count() { return std::make_shared<VariableNode>("Variable", Tensor::zeros(DType::int64, {}), false); }

}  // namespace

// The table, and the weights of "tf_idf".
void IndexLookupLayer::make_state() {
  const auto index = index_dtype();
  const auto keys = invert_ ? index : token_dtype(), values = invert_ ? token_dtype() : index;
  table_ = std::make_shared<LookupTable>("hash_table", keys, values, true);
  make_idf();
  add_edge("lookup_table", table_);
  if (!is_adaptable() || keras3_) return;
  for (const auto& [name, table] : adapting_tables(token_dtype(), output_mode_)) add_edge(name, table);
  if (output_mode_ == "tf_idf") track(kDocuments, document_count());
}

void IndexLookupLayer::make_idf() {
  if (output_mode_ != "tf_idf") return;
  const auto size = pad_ ? *max_tokens_ : known_size_.value_or(token_start());
  if (size < 0) throw ValueError("`vocabulary_size` must not be negative, received " + std::to_string(size));
  idf_variable_ = std::make_shared<VariableNode>("Variable", Tensor::zeros(compute_dtype(), {size}), false);
  if (keras3_) return;  // which tracks them not as weights
  track("idf_weights", idf_variable_);
}

std::vector<Trackable::Edge> IndexLookupLayer::checkpoint_children(Target target) const {
  auto children = edges();
  if (target == Target::tf215 && keras3_) {
    // What a layer of Keras 3 does not have, and 2.15 looks for in the file.
    if (idf_variable_) children.push_back({"idf_weights", idf_variable_});
    if (!is_adaptable()) return children;
    const auto tables = adapting_tables(token_dtype(), output_mode_);
    children.insert(children.end(), tables.begin(), tables.end());
    if (output_mode_ == "tf_idf") children.push_back({kDocuments, document_count()});
  }
  if (target != Target::tf22) return children;
  std::erase_if(children, [](const Edge& edge) { return edge.name != "lookup_table"; });
  children[0].name = "_table";
  return children;
}

// In the order of their indices; what no word has is the unknown one.
Tensor IndexLookupLayer::tokens() const {
  const auto& contents = static_cast<const LookupTable&>(*table_).contents();
  const auto words = invert_ ? contents.values() : contents.keys();
  const auto indices = ops::cast(invert_ ? contents.keys() : contents.values(), DType::int64);
  const auto places = indices.data<std::int64_t>();
  const auto n = static_cast<std::int64_t>(places.size());
  std::vector<std::int32_t> order(places.size(), -1);
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto at = places[i] - token_start();
    if (at >= 0 && at < n) order[static_cast<std::size_t>(at)] = static_cast<std::int32_t>(i);
  }
  const auto taken = ops::concat({words, ops::reshape(special(oov_token_), Shape{1})}, 0);
  for (auto& i : order) i = i < 0 ? static_cast<std::int32_t>(n) : i;
  return ops::gather(taken, Tensor::from<std::int32_t>({n}, order));
}

DType IndexLookupLayer::index_dtype() const { return output_mode_ == "int" ? compute_dtype() : DType::int64; }

namespace {

// What a vocabulary begins with.
Config special_tokens(const Config& mask, std::int64_t masks, const Config& oov, std::int64_t oovs) {
  auto list = Config::list();
  for (std::int64_t i = 0; i < masks; ++i) list.push_back(mask);
  for (std::int64_t i = 0; i < oovs; ++i) list.push_back(oov);
  return list;
}

}  // namespace

std::int64_t IndexLookupLayer::vocabulary_size() const {
  return token_start() + static_cast<const LookupTable&>(*table_).contents().size();
}

Config IndexLookupLayer::get_vocabulary(bool include_special_tokens) const {
  auto list = include_special_tokens ? special_tokens(mask_token_, oov_start(), oov_token_, num_oov_) : Config::list();
  const auto words = list_of_tokens(tokens());
  for (const auto& word : words.as_list()) list.push_back(word);
  return list;
}

void IndexLookupLayer::restore_tokens(const Tensor& tokens) {
  if (tokens.dtype() != token_dtype() || tokens.rank() != 1) {
    throw ValueError("a vocabulary of layer '" + name() + "' must be a vector of " +
                     std::string(name_of(token_dtype())) + ", received " + tokens.to_string());
  }
  const auto start = token_start();
  const auto indices = ops::cast(ops::range(start, start + tokens.num_elements(), 1, DType::int64), index_dtype());
  auto& table = static_cast<LookupTable&>(*table_);
  table.set_contents(TableContents::make(invert_ ? indices : tokens, invert_ ? tokens : indices, true));
  known_size_ = vocabulary_size();
}

void IndexLookupLayer::restore_words(const Config& list) { restore_tokens(tokens_of(list, token_dtype())); }

void IndexLookupLayer::restore_given_vocabulary() {
  if (!has_input_vocabulary_.value_or(false) || !vocabulary_.is_null() || !has_words()) return;
  // With the special tokens, where weights were given for these too.
  vocabulary_ = get_vocabulary(idf_ && static_cast<std::int64_t>(idf_->size()) == vocabulary_size());
}

void IndexLookupLayer::restore_idf_weights(const Tensor& weights) {
  if (!idf_variable_ || weights.rank() != 1) throw ValueError("layer '" + name() + "' has no idf_weights");
  sized_idf_weights(weights.shape())->assign(ops::cast(weights, idf_variable_->dtype()));
}

Variable IndexLookupLayer::sized_idf_weights(const Shape& shape) {
  if (!idf_variable_ || shape.rank() != 1 || shape == idf_variable_->shape()) return idf_variable_;
  auto made = LayerAccess::resized_weight(*this, "idf_weights", shape);
  if (!made) {  // Keras 3
    made = std::make_shared<VariableNode>("Variable", Tensor::zeros(idf_variable_->dtype(), shape), false);
  }
  return idf_variable_ = made;
}

Tensor IndexLookupLayer::idf_weights() const { return idf_variable_ ? idf_variable_->value() : Tensor(); }

void IndexLookupLayer::set_vocabulary(const Config& vocabulary, const std::optional<std::vector<double>>& idf_weights) {
  if (output_mode_ == "tf_idf" && !idf_weights) {
    throw ValueError("`idf_weights` must be set if output_mode is TF_IDF");
  }
  if (output_mode_ != "tf_idf" && idf_weights) {
    throw ValueError("`idf_weights` should only be set if output_mode is `'tf_idf'`. Received: output_mode=" +
                     output_mode_ + " and idf_weights=" + field_to_config(*idf_weights).dump());
  }
  if (vocabulary.size() == 0) throw ValueError("Cannot set an empty vocabulary, you passed " + vocabulary.dump() + ".");
  const auto own_tokens = special_tokens(mask_token_, oov_start(), oov_token_, num_oov_);
  const auto& words = vocabulary.as_list();
  const auto& front = own_tokens.as_list();
  const bool has_special = words.size() >= front.size() && std::equal(front.begin(), front.end(), words.begin());
  auto own = Config::list();
  for (auto i = has_special ? front.size() : 0; i < words.size(); ++i) own.push_back(words[i]);
  const auto tokens = tokens_of(own, token_dtype());
  std::set<std::string> seen, repeated;
  for (std::size_t i = 0; i < own.size(); ++i) {
    const auto& word = own.at(i);
    if (!seen.insert(word.dump()).second) repeated.insert(word.dump());
    const bool mask = !mask_token_.is_null() && word == mask_token_;
    if (!mask && !(invert_ && !oov_token_.is_null() && word == oov_token_)) continue;
    const auto at = std::to_string(i + (has_special ? front.size() : 0));
    throw ValueError(std::string("Found reserved ") + (mask ? "mask" : "OOV") +
                     " token at unexpected location in `vocabulary`. Note that passed `vocabulary` does not need to "
                     "include the OOV and mask tokens. Either remove all mask and OOV tokens, or include them only at "
                     "the start of the vocabulary in precisely this order: " +
                     own_tokens.dump() + ". Received: " + (mask ? "mask" : "oov") +
                     "_token=" + (mask ? mask_token_ : oov_token_).dump() + " at vocabulary index " + at);
  }
  if (!repeated.empty()) {
    std::string list;
    for (const auto& word : repeated) {
      // As Python writes a text.
      const auto text = word.starts_with('"') ? "'" + word.substr(1, word.size() - 2) + "'" : word;
      list += (list.empty() ? "[" : ", ") + text;
    }
    throw ValueError(
        "The passed vocabulary has at least one repeated term. Please uniquify your dataset. The repeated terms are " +
        list + "]");
  }
  const auto size = token_start() + tokens.num_elements();
  if (max_tokens_ && size > *max_tokens_) {
    throw ValueError("Attempted to set a vocabulary larger than the maximum vocab size. Passed vocab size is " +
                     std::to_string(size) + ", max vocab size is " + std::to_string(*max_tokens_) + ".");
  }
  if (idf_weights && idf_weights->size() != words.size()) {
    throw ValueError("`idf_weights` must be the same length as vocabulary. len(idf_weights) is " +
                     std::to_string(idf_weights->size()) + ", len(vocabulary) is " + std::to_string(words.size()));
  }
  restore_tokens(tokens);
  if (idf_weights) set_idf(*idf_weights, has_special);
}

// Special tokens have the average; what max_tokens leaves free has none.
void IndexLookupLayer::set_idf(const std::vector<double>& weights, bool with_special_tokens) {
  std::vector<double> all;
  if (!with_special_tokens) {
    double sum = 0;
    for (const auto w : weights) sum += w;
    all.assign(static_cast<std::size_t>(token_start()), sum / static_cast<double>(weights.size()));
  }
  all.insert(all.end(), weights.begin(), weights.end());
  if (pad_ && max_tokens_) all.resize(static_cast<std::size_t>(*max_tokens_), 0.0);
  restore_idf_weights(Tensor::from<double>({static_cast<std::int64_t>(all.size())}, all));
}

std::int64_t IndexLookupLayer::depth() const {
  if (pad_) return *max_tokens_;
  if (static_cast<const LookupTable&>(*table_).is_initialized()) return vocabulary_size();
  if (known_size_) return *known_size_;
  throw RuntimeError("When using `output_mode=" + output_mode_ +
                     "` and `pad_to_max_tokens=False`, you must set the layer's vocabulary before calling it. Either "
                     "pass a `vocabulary` argument to the layer, or call `adapt` with some sample data.");
}

Tensor IndexLookupLayer::special(const Config& token) const {
  if (token_dtype() == DType::string) return Tensor::scalar(token.is_null() ? std::string() : token.as_string());
  return ops::cast(Tensor::scalar(token.is_null() ? std::int64_t{0} : token.as_int()), token_dtype());
}

// Of several, one by the hash of what was not found.
Tensor IndexLookupLayer::oov_indices(const Tensor& given) const {
  const bool text = token_dtype() == DType::string;
  if (!text && oov_method_ != "farmhash") {
    return ops::cast(ops::mod(given, ops::cast(Tensor::scalar(num_oov_), given.dtype())), index_dtype());
  }
  const auto words = text ? given : call_op1("AsString", {given});
  const auto hashed = salt_
                          ? call_op1("StringToHashBucketStrong", {words}, {{"num_buckets", num_oov_}, {"key", *salt_}})
                          : call_op1("StringToHashBucketFast", {words}, {{"num_buckets", num_oov_}});
  return ops::cast(hashed, index_dtype());
}

Tensor IndexLookupLayer::looked_up(const Tensor& given) const {
  const auto table = std::static_pointer_cast<LookupTable>(table_);
  const auto index = [&](std::int64_t n) { return ops::cast(Tensor::scalar(n), index_dtype()); };
  if (invert_) {
    auto found = table_lookup(table, given, special(oov_token_));
    if (mask_token_.is_null()) return found;
    return ops::where(ops::equal(given, index(0)), special(mask_token_), found);
  }
  const auto missing = index(num_oov_ == 1 ? oov_start() : -1);
  auto found = table_lookup(table, given, missing);
  if (!mask_token_.is_null()) {
    const auto mask = index(output_mode_ == "int" ? 0 : std::numeric_limits<std::int64_t>::max());
    found = ops::where(ops::equal(given, special(mask_token_)), mask, found);
  }
  if (num_oov_ == 0) {
    const auto none = ops::reduce_all(ops::not_equal(found, missing));
    call_op("Assert",
            {none,
             Tensor::scalar(std::string("When `num_oov_indices=0` all inputs should be in vocabulary, "
                                        "found OOV values, consider setting `num_oov_indices=1`.")),
             given},
            {{"summarize", std::int64_t{16}}});
  } else if (num_oov_ > 1) {
    const auto instead = oov_indices(given) + index(oov_start());
    found = ops::where(ops::equal(found, missing), instead, found);
  }
  return found;
}

Values IndexLookupLayer::call(const Values& inputs, CallContext&) {
  const auto wanted = invert_ ? index_dtype() : token_dtype();
  const auto found = on_flat(inputs.tensor(), [&](const Tensor& given) {
    if (given.dtype() == wanted || wanted == DType::string || given.dtype() == DType::string) return looked_up(given);
    return looked_up(ops::cast(given, wanted));
  });
  if (output_mode_ == "int") return found;
  const bool idf = output_mode_ == "tf_idf";
  const auto counts = encoded_categories(found, {idf ? "count" : output_mode_, depth(), compute_dtype()});
  return idf ? counts * Tensor(idf_variable_) : counts;
}

}  // namespace hornbeam

HB_REGISTER(layer_lookup) {
  using namespace hornbeam;
  register_layer(StringLookupLayer::kClassName, [](const Config& given) {
    auto config = given;
    // Older versions' dtype of the layer, which was the words'.
    if (const auto* dtype = config.find("dtype"); dtype && *dtype == Config("string")) config.erase("dtype");
    if (!config.has("oov_token")) config.set("oov_token", "[UNK]");
    return layer_from_config<StringLookupLayer>(with_category_dtype(std::move(config), "int", false));
  });
  register_layer(IntegerLookupLayer::kClassName, [](const Config& given) {
    auto config = given;
    if (!config.has("oov_token")) config.set("oov_token", -1);
    return layer_from_config<IntegerLookupLayer>(with_category_dtype(std::move(config), "int", false));
  });
}
