#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/csv.h"
#include "base/float_repr.h"
#include "hornbeam/callbacks.hpp"
#include "hornbeam/model.hpp"
#include "keras/callbacks/monitor.h"
#include "keras/callbacks/state_fields.h"
#include "keras/training/results.h"

namespace hornbeam::callbacks {
namespace {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

class CsvLog final : public Callback {
 public:
  CsvLog(const std::string& path, const CSVLoggerOptions& options) : path_(path), o_(options) {}

  void on_train_begin(Logs&) override {
    target_ = target_named(model().target());
    struct stat there {};
    const bool goes_on = o_.append && ::stat(path_.c_str(), &there) == 0 && there.st_size > 0;
    header_ = !goes_on;
    keys_.clear();
    // A log of the same file that a resumed training goes on with is only then cut to what it was.
    file_ = nullptr;
    cut_to_.reset();
  }

  void on_epoch_end(std::int64_t epoch, Logs& logs) override {
    if (!file_) open(o_.append ? "a" : "w");
    if (keys_.empty()) keys_ = columns(logs);
    if (header_) {
      std::string line = "epoch";
      for (const auto& key : keys_) line += o_.separator + base::csv_field(key, o_.separator);
      write(line);
      header_ = false;
    }
    auto line = std::to_string(epoch);
    for (const auto& key : keys_) line += o_.separator + value(key, logs);
    write(line);
  }

  void on_train_end(Logs&) override {
    if (!file_) open(o_.append ? "a" : "w");
    file_ = nullptr;
  }

  CallbackState state() const override {
    if (cut_to_) return kept(Config(static_cast<std::int64_t>(*cut_to_)));
    struct stat there {};
    const bool grows = file_ || (o_.append && ::stat(path_.c_str(), &there) == 0);
    const auto size = file_ ? std::int64_t{std::ftell(file_.get())} : std::int64_t{there.st_size};
    return kept(grows ? Config(size) : Config());
  }
  // Lines that were written after the state was kept go, once the training writes its own.
  void restore(const CallbackState& s) override {
    const bool grew = number_kept(s, "size").has_value();
    const auto size = grew ? count_kept(s, "size") : 0;
    std::vector<std::string> keys;
    for (const auto& key : s.values.at("keys").as_list()) keys.push_back(key.as_string());
    const bool header = s.values.at("header").as_bool();
    struct stat there {};
    if (!grew || ::stat(path_.c_str(), &there) != 0 || there.st_size < size) return;
    keys_ = std::move(keys);
    header_ = header;
    cut_to_ = size;
  }

 private:
  CallbackState kept(const Config& size) const {
    return {Config{{"size", size}, {"keys", Config(keys_)}, {"header", header_}}, {}};
  }
  void open(const char* mode) {
    if (cut_to_ && ::truncate(path_.c_str(), static_cast<off_t>(*cut_to_)) != 0) fail();
    if (std::exchange(cut_to_, std::nullopt)) mode = "a";
    file_.reset(std::fopen(path_.c_str(), mode));
    if (!file_ || std::fseek(file_.get(), 0, SEEK_END) != 0) fail();
  }
  [[noreturn]] void fail() const { throw OSError("Unable to write file " + path_ + ": " + std::strerror(errno)); }
  void write(const std::string& line) {
    const auto text = line + "\r\n";  // as Python's csv.excel ends them
    if (std::fwrite(text.data(), 1, text.size(), file_.get()) != text.size() || std::fflush(file_.get()) != 0) fail();
  }

  // Where validation is not done in each epoch its results have columns too, but not in tf.keras 2.2.
  std::vector<std::string> columns(const Logs& logs) const {
    auto keys = logs.names();
    std::ranges::sort(keys);
    const auto of_validation = [](const std::string& key) { return key.starts_with("val_"); };
    if (target_ == Target::tf22 || std::ranges::any_of(keys, of_validation)) return keys;
    const auto count = keys.size();
    for (std::size_t i = 0; i < count; ++i) keys.push_back("val_" + keys[i]);
    return keys;
  }
  std::string value(const std::string& key, const Logs& logs) const {
    const auto found = find_result(logs, key);
    if (!found) return "NA";
    // An array stands in quotes of its own within those of the field.
    if (found->is_array()) return base::csv_field("\"" + training::array_list(*found) + "\"", o_.separator);
    // Keras 2's rates are NumPy's float32.
    if (key == "lr" && target_ != Target::keras3) return base::float_repr(static_cast<float>(found->number()));
    return base::float_repr(found->number());
  }

  std::string path_;
  CSVLoggerOptions o_;
  Target target_ = Target::tf215;
  bool header_ = true;
  std::vector<std::string> keys_;
  std::optional<std::int64_t> cut_to_;  // of a training that is gone on with
  std::unique_ptr<std::FILE, CloseFile> file_;
};

}  // namespace

std::shared_ptr<Callback> CSVLogger(const std::string& filename, const CSVLoggerOptions& options) {
  if (options.separator.size() != 1) throw TypeError("\"delimiter\" must be a 1-character string");
  return std::make_shared<CsvLog>(filename, options);
}

}  // namespace hornbeam::callbacks
