"""Ops on strings, and of layers that make categories of their inputs."""
import numpy as np

from .table import F32, F64, I8, I16, I32, I64, U8, U16, U32, U64

TEXTS = np.array([["Hello, World!", "", "a  b\tc "], ["ÀÉ x", "don't stop-it", "42"]], dtype=object)
ODD = np.array(["", "a", "the quick brown fox jumps over the lazy dog", "naïve €uro 😀", "x" * 100, "tab\there", "0123456789abcdef0123456789abcdefXYZ"], dtype=object)


def hashes(t):
    t.op("StringToHashBucketFast")
    for buckets in (1, 7, 1000, 2**62):
        t(ODD, num_buckets=buckets)
    t(TEXTS, num_buckets=5)
    t(np.array([str(n) for n in range(-20, 40)], dtype=object), num_buckets=13)
    t(np.array(["a" * n for n in range(0, 140)], dtype=object), num_buckets=2**40)
    t.op("StringToHashBucketStrong")
    for key in ([133, 133], [0, 0], [2**62, 5]):
        t(ODD, num_buckets=1000, key=key)
    t(np.array(["a" * n for n in range(0, 40)], dtype=object), num_buckets=2**40, key=[1, 2])
    t.op("AsString")
    for dtype in (I8, I16, I32, I64, U8, U16, U32, U64):
        t(t.random((2, 5), dtype))
    t(np.array([-(2**63), 2**63 - 1, 0], I64))
    t(np.array([True, False]))
    t(t.random((3, 4), I32), width=6)
    t(t.random((3, 4), I32), width=6, fill="0")
    t(t.random((3, 4), I64), width=5, fill="-")
    for dtype in (F32, F64):
        t(t.random((2, 5), dtype))
        t(t.random((2, 5), dtype), precision=2)
        t(t.random((2, 5), dtype), scientific=True)
        t(t.random((2, 5), dtype), shortest=True)
        t(t.random((2, 5), dtype), precision=3, width=12)


def categories(t):
    t.op("Bucketize")
    for dtype in (F32, F64, I32, I64):
        t(t.random((3, 7), dtype), boundaries=[-1.5, 0.0, 2.0, 7.25])
        t(t.random((5,), dtype), boundaries=[])
    t(np.array([0.0, -0.0, np.nan, np.inf, -np.inf, 1.0], F32), boundaries=[0.0, 1.0, 1.0])
    t(np.zeros((0, 2), F32), boundaries=[1.0])
    for name, dtypes in (("DenseBincount", (I32, I64)), ("Bincount", (I32,))):
        t.op(name)
        extra = [{}] if name == "Bincount" else [{"binary_output": False}, {"binary_output": True}]
        for index in dtypes:
            for weight in (F32, F64, I32, I64):
                for attrs in extra:
                    for shape in ((6,), (3, 5), (0,), (2, 0)):
                        values = t.random(shape, index, 0)
                        t(values, index(6), np.zeros((0,), weight), **attrs)
                        if not attrs.get("binary_output"):
                            t(values, index(8), t.random(shape, weight), **attrs)
    t.op("RaggedBincount")
    for index in (I32, I64):
        for binary in (False, True):
            for splits in ([0, 2, 2, 7], [0, 0], [0, 7]):
                values = t.random((splits[-1],), index, 0)
                t(np.array(splits, I64), values, index(6), np.zeros((0,), F32), binary_output=binary)
    t.op("SparseCross")

    def cross(*columns, buckets=10, key=956888297470):
        text = all(c.dtype.kind == "O" for c in columns)
        t([], [], [], list(columns), hashed_output=True, num_buckets=buckets, hash_key=key, out_type=np.int64, internal_type=str if text else np.int64)

    words = np.array([["a"], ["bb"], [""]], dtype=object)
    pairs = np.array([["a", "b"], ["c", "d"], ["e", "f"]], dtype=object)
    cross(words, words[::-1])
    cross(words, t.random((3, 1), I64))
    cross(t.random((3, 1), I64), t.random((3, 1), I64), t.random((3, 1), I64), buckets=1000)
    cross(pairs, t.random((3, 3), I64), words, buckets=100000)
    cross(pairs, pairs, buckets=0, key=7)
    cross(np.zeros((0, 1), I64), np.zeros((0, 1), I64))
    t.op("SparseToDense")
    for index in (I32, I64):
        t(np.array([[0, 1], [1, 0], [2, 2]], index), np.array([3, 4], index), t.random((3,)), F32(-1))
        t(np.array([1, 3], index), np.array([5], index), F32(2), F32(0))
        t(index(2), np.array([4], index), I64(7), I64(1))
        t(np.zeros((0, 2), index), np.array([2, 2], index), np.zeros((0,), I32), I32(4))
        t(np.array([[0], [2]], index), np.array([3], index), np.array(["x", "y"], dtype=object), np.array("none", dtype=object))
    t(np.array([[2], [0]], I64), np.array([3], I64), t.random((2,)), F32(0), validate_indices=False)


def strings(t):
    for name in ("StringLower", "StringUpper"):
        t.op(name)
        for encoding in ("", "utf-8"):
            t(TEXTS, encoding=encoding)
            t(np.array(["ÀÉÎ", "ΑΣ ΣΑΣ.", "straße", "İx", "ǅ", "日本"], dtype=object), encoding=encoding)
    t.op("StaticRegexReplace")
    punctuation = r'[!"#$%&()\*\+,-\./:;<=>?@\[\\\]^_`{|}~\']'
    for pattern, rewrite in ((punctuation, ""), (r"(\w)o", r"<\1>"), (r"\s+", " "), ("", "-"), ("é", "e")):
        for everywhere in (True, False):
            t(TEXTS, pattern=pattern, rewrite=rewrite, replace_global=everywhere)
    t.op("RegexReplace")
    t(TEXTS, np.array("[a-z]+", dtype=object), np.array("W", dtype=object))
    t.op("StaticRegexFullMatch")
    for pattern in (r"\d+", ".*b.*", ""):
        t(TEXTS, pattern=pattern)
    t.op("RegexFullMatch")
    t(TEXTS, np.array(r"\d+", dtype=object))
    t.op("StringStrip")
    t(np.array([["  a b ", "\t\n x\r\v\f"], ["", "   "]], dtype=object))
    t.op("StringLength")
    for unit in ("BYTE", "UTF8_CHAR"):
        t(ODD, unit=unit)
    t.op("StringJoin")
    t([TEXTS, TEXTS, TEXTS], separator="|")
    t([np.array("p", dtype=object), TEXTS, np.array("s", dtype=object)])
    t([np.array("p", dtype=object), np.array("q", dtype=object)], separator=", ")
    t.op("StringSplitV2")
    blanks = np.array([" a  b ", "", "\tx\ny", "a b c", "   ", "é z"], dtype=object)
    for most in (-1, 0, 1, 2):
        t(blanks, np.array("", dtype=object), maxsplit=most)
        t(np.array(["a,b,,c", "", ",x", "a b", ","], dtype=object), np.array(",", dtype=object), maxsplit=most)
        t(np.array(["a<>b<><>c", "<>"], dtype=object), np.array("<>", dtype=object), maxsplit=most)
    t(np.zeros((0,), dtype=object), np.array("", dtype=object))
    t.op("StringNGrams")
    words = np.array(list("abcdefg"), dtype=object)
    for splits_type in (I32, I64):
        for splits in ([0, 3, 3, 7], [0, 7], [0, 1, 2, 7], [0, 0, 7]):
            splits = np.array(splits, splits_type)
            t(words, splits, separator=" ", ngram_widths=[1, 2], left_pad="", right_pad="", pad_width=0, preserve_short_sequences=False)
            t(words, splits, separator="|", ngram_widths=[3, 2], left_pad="L", right_pad="R", pad_width=-1, preserve_short_sequences=False)
            t(words, splits, separator="", ngram_widths=[5], left_pad="<", right_pad=">", pad_width=1, preserve_short_sequences=True)
            t(words, splits, separator=" ", ngram_widths=[9], left_pad="", right_pad="", pad_width=0, preserve_short_sequences=True)
    t.op("UnicodeDecode")
    for splits_type in (I32, I64):
        t(np.array(["aé€😀", "", "\x01b"], dtype=object), input_encoding="UTF-8", Tsplits=splits_type)
    t(np.array([["\x01b", "\x1f"], ["x", ""]], dtype=object).reshape(-1), input_encoding="UTF-8", replace_control_characters=True, replacement_char=63)
    t.op("UnicodeEncode")
    for errors in ("replace", "ignore"):
        t(np.array([97, 233, 0x20AC, 0x1F600, 0xD800, -1, 0x110000, 98], I32), np.array([0, 0, 3, 8], I64), output_encoding="UTF-8", errors=errors)
    t.op("RaggedTensorToTensor")

    def box(shape, values, default, *parts, types):
        t(np.array(shape, I64), values, default, [np.array(p, I64) for p in parts], row_partition_types=types)

    for values, default in ((t.random((7,)), F32(-1)), (t.random((7,), I64), I64(0)), (words, np.array("", dtype=object)), (t.random((7, 2)), t.random((2,)))):
        inner = list(values.shape[1:])
        for width in (-1, 2, 5):
            box([-1, width] + [-1] * len(inner), values, default, [0, 3, 3, 7], types=["ROW_SPLITS"])
            box([5, width] + inner, values, default, 3, [0, 0, 0, 2, 2, 2, 2], types=["FIRST_DIM_SIZE", "VALUE_ROWIDS"])
        box([-1, -1, -1] + [-1] * len(inner), values, default, [0, 1, 3], [0, 2, 2, 7], types=["ROW_SPLITS", "ROW_SPLITS"])
    box([0, 0], t.random((0,)), F32(1), [0], types=["ROW_SPLITS"])


def cases(t):
    hashes(t)
    categories(t)
    strings(t)
