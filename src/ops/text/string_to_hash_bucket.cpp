// StringToHashBucketFast (FarmHash) and StringToHashBucketStrong (SipHash with a key): the hash modulo the buckets.
#include <highwayhash/sip_hash.h>

#include "ops/text/fingerprint.h"
#include "ops/text/rows.h"

namespace hornbeam {
namespace {

std::uint64_t bucket_count(const Attrs& attrs) {
  const auto buckets = attrs.i("num_buckets");
  if (buckets < 1) {
    throw InvalidArgumentError("Value for attr 'num_buckets' of " + std::to_string(buckets) +
                               " must be at least minimum 1");
  }
  return static_cast<std::uint64_t>(buckets);
}

std::unique_ptr<Kernel> fast_bucket_kernel(const KernelSpec& spec) {
  const auto buckets = bucket_count(spec.attrs);
  return each_string<std::int64_t>(
      spec, [buckets](const std::string& s) { return static_cast<std::int64_t>(fingerprint64(s) % buckets); });
}

std::unique_ptr<Kernel> strong_bucket_kernel(const KernelSpec& spec) {
  const auto buckets = bucket_count(spec.attrs);
  const auto& key = spec.attrs.ints("key");
  if (key.size() != 2) throw InvalidArgumentError("Key must have 2 elements");
  const auto first = static_cast<highwayhash::HH_U64>(key[0]), second = static_cast<highwayhash::HH_U64>(key[1]);
  return each_string<std::int64_t>(spec, [=](const std::string& s) {
    const highwayhash::HH_U64 lanes[2] = {first, second};
    return static_cast<std::int64_t>(highwayhash::SipHash(lanes, s.data(), s.size()) % buckets);
  });
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(string_to_hash_bucket) {
  using namespace hornbeam;
  add_op(OpDef("StringToHashBucketFast")
             .input("input: string")
             .output("output: int64")
             .attr("num_buckets: int")
             .shape(same_as_first)
             .kernel(fast_bucket_kernel)
             .no_gradient());
  add_op(OpDef("StringToHashBucketStrong")
             .input("input: string")
             .output("output: int64")
             .attr("num_buckets: int")
             .attr("key: list(int)")
             .shape(same_as_first)
             .kernel(strong_bucket_kernel)
             .no_gradient());
}
