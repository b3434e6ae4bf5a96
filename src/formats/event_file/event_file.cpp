#include "formats/event_file/event_file.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstring>
#include <vector>

#include "base/crc32c.h"
#include "base/writable.h"
#include "hornbeam/errors.hpp"
#include "hornbeam_proto/event.pb.h"

namespace hornbeam::formats {
namespace {

constexpr std::size_t kBuckets = 30;

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string event_file_name() {
  static std::atomic<int> number{0};
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0 || host[0] == '\0') std::strcpy(host.data(), "localhost");
  for (auto& c : host) {
    if (c == '/') c = '_';
  }
  return "events.out.tfevents." + std::to_string(static_cast<std::int64_t>(seconds_now())) + "." + host.data() + "." +
         std::to_string(::getpid()) + "." + std::to_string(number++) + ".v2";
}

void append_number(std::string& bytes, std::uint64_t value, int count) {
  for (int i = 0; i < count; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xff);
}

void append_checksum(std::string& bytes, std::string_view of) {
  const auto crc = base::crc32c(std::as_bytes(std::span(of)));
  append_number(bytes, static_cast<std::uint32_t>((crc >> 15 | crc << 17) + 0xa282ead8U), 4);
}

proto::Event event_of(std::int64_t step) {
  proto::Event event;
  event.set_wall_time(seconds_now());
  event.set_step(step);
  return event;
}

proto::Summary::Value* strings_entry(proto::Event& event, const std::string& tag, const std::string& plugin) {
  constexpr int kString = 7;  // DT_STRING
  auto* entry = event.mutable_summary()->add_value();
  entry->set_tag(tag);
  entry->mutable_metadata()->mutable_plugin_data()->set_plugin_name(plugin);
  entry->mutable_tensor()->set_dtype(kString);
  entry->mutable_tensor()->mutable_tensor_shape();
  return entry;
}

}  // namespace

EventWriter::EventWriter(const std::string& folder) : path_(folder + "/" + event_file_name()) {
  base::make_folder_of(path_);
  file_.reset(std::fopen(path_.c_str(), "wbx"));
  if (!file_) throw OSError("Unable to create file " + path_ + ": " + std::strerror(errno));
  auto event = event_of(0);
  event.set_file_version("brain.Event:2");
  record(event.SerializeAsString());
  flush();
}

void EventWriter::record(const std::string& event) {
  std::string bytes;
  append_number(bytes, event.size(), 8);
  append_checksum(bytes, std::string(bytes));
  bytes += event;
  append_checksum(bytes, event);
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size()) {
    throw OSError("Unable to write file " + path_ + ": " + std::strerror(errno));
  }
}

void EventWriter::flush() {
  if (std::fflush(file_.get()) != 0) throw OSError("Unable to write file " + path_ + ": " + std::strerror(errno));
}

void EventWriter::scalar(const std::string& tag, double value, std::int64_t step) {
  auto event = event_of(step);
  auto* entry = event.mutable_summary()->add_value();
  entry->set_tag(tag);
  entry->mutable_metadata()->mutable_plugin_data()->set_plugin_name("scalars");
  entry->set_simple_value(static_cast<float>(value));
  record(event.SerializeAsString());
}

void EventWriter::histogram(const std::string& tag, std::span<const double> values, std::int64_t step) {
  std::vector<double> finite;
  std::copy_if(values.begin(), values.end(), std::back_inserter(finite), [](double v) { return std::isfinite(v); });
  auto event = event_of(step);
  auto* entry = event.mutable_summary()->add_value();
  entry->set_tag(tag);
  entry->mutable_metadata()->mutable_plugin_data()->set_plugin_name("histograms");
  auto& histogram = *entry->mutable_histo();
  if (!finite.empty()) {
    const auto [low, high] = std::minmax_element(finite.begin(), finite.end());
    const auto width = (*high - *low) / static_cast<double>(kBuckets);
    std::array<double, kBuckets> counts{};
    double sum = 0, squares = 0;
    for (const auto v : finite) {
      const auto at = width > 0 ? static_cast<std::size_t>((v - *low) / width) : 0;
      counts[std::min(at, kBuckets - 1)] += 1;
      sum += v;
      squares += v * v;
    }
    histogram.set_min(*low);
    histogram.set_max(*high);
    histogram.set_num(static_cast<double>(finite.size()));
    histogram.set_sum(sum);
    histogram.set_sum_squares(squares);
    const auto buckets = width > 0 ? kBuckets : 1;
    for (std::size_t i = 0; i < buckets; ++i) {
      histogram.add_bucket_limit(i + 1 == buckets ? *high : *low + width * static_cast<double>(i + 1));
      histogram.add_bucket(counts[i]);
    }
  }
  record(event.SerializeAsString());
}

void EventWriter::text(const std::string& tag, const std::string& text, const std::string& plugin,
                       const std::string& content, std::int64_t step) {
  auto event = event_of(step);
  auto* entry = strings_entry(event, tag, plugin);
  entry->mutable_metadata()->mutable_plugin_data()->set_content(content);
  entry->mutable_tensor()->add_string_val(text);
  record(event.SerializeAsString());
}

void EventWriter::images(const std::string& tag, std::uint32_t width, std::uint32_t height,
                         std::span<const std::string> pngs, std::int64_t step) {
  auto event = event_of(step);
  auto& tensor = *strings_entry(event, tag, "images")->mutable_tensor();
  tensor.mutable_tensor_shape()->add_dim()->set_size(static_cast<std::int64_t>(pngs.size()) + 2);
  for (const auto size : {width, height}) tensor.add_string_val(std::to_string(size));
  for (const auto& png : pngs) tensor.add_string_val(png);
  record(event.SerializeAsString());
}

}  // namespace hornbeam::formats
