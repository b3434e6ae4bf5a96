"""Wrong calls of layers that prepare data, for error_cases.py. TensorFlow 2.2.3 has none of them under keras.layers."""
import numpy as np
import tensorflow as tf


def add(case, keras):
    L, Input = keras.layers, keras.Input
    if not hasattr(L, "CategoryEncoding"):
        return
    text = dict(dtype="string", name="i")
    case("category_encoding_no_tokens", "CategoryEncoding(0)")(lambda: L.CategoryEncoding(0))
    case("category_encoding_negative_tokens", "CategoryEncoding(-3)")(lambda: L.CategoryEncoding(-3))
    case("category_encoding_none", "CategoryEncoding()")(lambda: L.CategoryEncoding())
    case("category_encoding_mode", "CategoryEncoding(3, output_mode='int')")(lambda: L.CategoryEncoding(3, output_mode="int"))
    case("category_encoding_weights", "CategoryEncoding(3) on [[0, 1]] with count_weights=[[1., 2.]]")(
        lambda: L.CategoryEncoding(3)(tf.constant([[0, 1]]), count_weights=tf.constant([[1.0, 2.0]])))
    case("discretization_both", "Discretization(bin_boundaries=[0.0, 1.0], num_bins=3)")(lambda: L.Discretization(bin_boundaries=[0.0, 1.0], num_bins=3))
    case("discretization_negative_bins", "Discretization(num_bins=-1)")(lambda: L.Discretization(num_bins=-1))
    case("discretization_mode", "Discretization(num_bins=3, output_mode='foo')")(lambda: L.Discretization(num_bins=3, output_mode="foo"))
    case("discretization_sparse_int", "Discretization(num_bins=3, sparse=True)")(lambda: L.Discretization(num_bins=3, sparse=True))
    case("discretization_adapt_given", "Discretization(bin_boundaries=[0.0, 1.0]).adapt([[1.0]])")(
        lambda: L.Discretization(bin_boundaries=[0.0, 1.0]).adapt(np.array([[1.0]], "float32")))
    case("hashing_no_bins", "Hashing(0)")(lambda: L.Hashing(0))
    case("hashing_negative_bins", "Hashing(-2)")(lambda: L.Hashing(-2))
    case("hashing_mode", "Hashing(3, output_mode='tf_idf')")(lambda: L.Hashing(3, output_mode="tf_idf"))
    case("hashing_sparse_int", "Hashing(3, sparse=True)")(lambda: L.Hashing(3, sparse=True))
    case("hashing_salt", "Hashing(3, salt=[1, 2, 3])")(lambda: L.Hashing(3, salt=[1, 2, 3]))
    case("hashed_crossing_mode", "HashedCrossing(3, output_mode='count')")(lambda: L.HashedCrossing(3, output_mode="count"))
    case("hashed_crossing_float_dtype", "HashedCrossing(3, dtype='float32')")(lambda: L.HashedCrossing(3, dtype="float32"))
    case("hashed_crossing_one_input", "HashedCrossing(3) on a list of one [[1]]")(lambda: L.HashedCrossing(3)([tf.constant([[1]])]))
    case("hashed_crossing_wide", "HashedCrossing(3) on two [[1, 2]]")(lambda: L.HashedCrossing(3)([tf.constant([[1, 2]]), tf.constant([[1, 2]])]))
    case("hashed_crossing_other_shapes", "HashedCrossing(3) on [1, 2] and [[1], [2]]")(lambda: L.HashedCrossing(3)([tf.constant([1, 2]), tf.constant([[1], [2]])]))
    case("hashed_crossing_floats", "HashedCrossing(3) on two [[1.0]]")(lambda: L.HashedCrossing(3)([tf.constant([[1.0]]), tf.constant([[1.0]])]))
    case("string_lookup_few_tokens", "StringLookup(max_tokens=1)")(lambda: L.StringLookup(max_tokens=1))
    case("string_lookup_pad_without_limit", "StringLookup(pad_to_max_tokens=True)")(lambda: L.StringLookup(pad_to_max_tokens=True))
    case("string_lookup_negative_oov", "StringLookup(num_oov_indices=-1)")(lambda: L.StringLookup(num_oov_indices=-1))
    case("string_lookup_mode", "StringLookup(output_mode='foo')")(lambda: L.StringLookup(output_mode="foo"))
    case("string_lookup_invert_mode", "StringLookup(invert=True, output_mode='count')")(lambda: L.StringLookup(invert=True, output_mode="count"))
    case("string_lookup_sparse_int", "StringLookup(sparse=True)")(lambda: L.StringLookup(sparse=True))
    case("string_lookup_idf_without_mode", "StringLookup(vocabulary=['a'], idf_weights=[1.0])")(lambda: L.StringLookup(vocabulary=["a"], idf_weights=[1.0]))
    case("string_lookup_no_idf", "StringLookup(vocabulary=['a'], output_mode='tf_idf')")(lambda: L.StringLookup(vocabulary=["a"], output_mode="tf_idf"))
    case("string_lookup_repeated", "StringLookup(vocabulary=['a', 'b', 'a'])")(lambda: L.StringLookup(vocabulary=["a", "b", "a"]))
    case("string_lookup_empty", "StringLookup(vocabulary=[])")(lambda: L.StringLookup(vocabulary=[]))
    case("string_lookup_too_many", "StringLookup(max_tokens=3, vocabulary=['a', 'b', 'c'])")(lambda: L.StringLookup(max_tokens=3, vocabulary=["a", "b", "c"]))
    case("string_lookup_adapt_given", "StringLookup(vocabulary=['a'], name='s').adapt(['b'])")(lambda: L.StringLookup(vocabulary=["a"], name="s").adapt(np.array(["b"])))
    case("string_lookup_float_dtype", "StringLookup(dtype='float32')")(lambda: L.StringLookup(dtype="float32"))
    case("string_lookup_no_vocabulary", "StringLookup(output_mode='count') on Input((2,), dtype='string')")(lambda: L.StringLookup(output_mode="count")(Input((2,), **text)))
    case("integer_lookup_float_vocabulary", "IntegerLookup(vocabulary_dtype='float32')")(lambda: L.IntegerLookup(vocabulary_dtype="float32"))
    case("integer_lookup_repeated", "IntegerLookup(vocabulary=[3, 5, 3])")(lambda: L.IntegerLookup(vocabulary=[3, 5, 3]))
    case("text_vectorization_dtype", "TextVectorization(dtype='int64')")(lambda: L.TextVectorization(dtype="int64"))
    case("text_vectorization_standardize", "TextVectorization(standardize='foo')")(lambda: L.TextVectorization(standardize="foo"))
    case("text_vectorization_split", "TextVectorization(split='foo')")(lambda: L.TextVectorization(split="foo"))
    case("text_vectorization_mode", "TextVectorization(output_mode='foo')")(lambda: L.TextVectorization(output_mode="foo"))
    case("text_vectorization_ngrams", "TextVectorization(ngrams='foo')")(lambda: L.TextVectorization(ngrams="foo"))
    case("text_vectorization_length_mode", "TextVectorization(output_mode='count', output_sequence_length=3)")(
        lambda: L.TextVectorization(output_mode="count", output_sequence_length=3))
    case("text_vectorization_ragged_mode", "TextVectorization(output_mode='count', ragged=True)")(lambda: L.TextVectorization(output_mode="count", ragged=True))
    case("text_vectorization_pad", "TextVectorization(pad_to_max_tokens=True)")(lambda: L.TextVectorization(pad_to_max_tokens=True))
    case("text_vectorization_wide", "TextVectorization() on Input((2,), dtype='string')")(lambda: L.TextVectorization()(Input((2,), **text)))
