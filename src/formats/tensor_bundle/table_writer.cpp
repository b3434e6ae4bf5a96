// leveldb's builder makes the bytes; it writes them to memory.
#include "formats/tensor_bundle/table_writer.h"

#include <leveldb/env.h>
#include <leveldb/options.h>
#include <leveldb/table_builder.h>

#include "hornbeam/errors.hpp"

namespace hornbeam::formats::tensor_bundle {
namespace {

class InMemory : public leveldb::WritableFile {
 public:
  leveldb::Status Append(const leveldb::Slice& data) override {
    bytes.append(data.data(), data.size());
    return leveldb::Status::OK();
  }
  leveldb::Status Close() override { return leveldb::Status::OK(); }
  leveldb::Status Flush() override { return leveldb::Status::OK(); }
  leveldb::Status Sync() override { return leveldb::Status::OK(); }
  std::string bytes;
};

leveldb::Options as_tensorflow() {
  leveldb::Options options;
  options.compression = leveldb::kNoCompression;
  options.block_size = 262144;
  options.block_restart_interval = 16;
  return options;
}

}  // namespace

std::string write_table(const std::map<std::string, std::string>& records) {
  InMemory file;
  leveldb::TableBuilder builder(as_tensorflow(), &file);
  for (const auto& [key, value] : records) builder.Add(key, value);
  const auto status = builder.Finish();
  if (!status.ok()) throw ValueError("cannot make an index table: " + status.ToString());
  return std::move(file.bytes);
}

}  // namespace hornbeam::formats::tensor_bundle
