// --x, --y, --sample-weight and --csv of the verbs that train and evaluate.
#include "cli/training.h"

#include "cli/naming.h"
#include "cli/options.h"
#include "cli/verbs.h"
#include "hornbeam/errors.hpp"
#include "keras/training/trainer.h"

namespace hornbeam::cli {
namespace {

// "a,b" or "input=a,b", once per input or output.
void take_columns(const std::string& option, const std::vector<std::string>& arguments, std::vector<std::string>& all,
                  std::map<std::string, std::vector<std::string>>& by_name) {
  for (const auto& argument : arguments) {
    const auto equals = argument.find('=');
    std::vector<std::string> columns;
    for (auto at = equals == argument.npos ? 0 : equals + 1; at <= argument.size();) {
      const auto end = std::min(argument.find(',', at), argument.size());
      columns.push_back(argument.substr(at, end - at));
      at = end + 1;
    }
    if (equals != argument.npos) {
      const auto name = argument.substr(0, equals);
      if (!by_name.emplace(name, columns).second) throw ValueError(option + ": '" + name + "' is given twice");
    } else if (!all.empty()) {
      throw ValueError(option + ": columns of several arrays are named: NAME=COLUMN,COLUMN");
    } else {
      all = std::move(columns);
    }
  }
}

CSVOptions csv_options(const Model& model, const TrainingData& data, const std::string& verb) {
  CSVOptions options{.batch_size = data.batch_size, .separator = data.separator == "\\t" ? '\t' : data.separator[0]};
  take_columns("--x", data.x, options.x, options.inputs);
  take_columns("--y", data.y, options.y, options.outputs);
  if (data.sample_weight.size() > 1 ||
      (data.sample_weight.size() == 1 && data.sample_weight[0].find('=') != std::string::npos)) {
    throw ValueError("--sample-weight names one column of the CSV file");
  }
  if (!data.sample_weight.empty()) options.sample_weight = data.sample_weight[0];
  if (data.y.empty()) (void)read_targets(model, {}, verb);
  return options;
}

}  // namespace

std::string TrainingData::files() const { return csv.empty() ? files_of({&x, &y, &sample_weight}) : csv; }

Values read_targets(const Model& model, const std::vector<std::string>& y, const std::string& verb) {
  auto targets = read_inputs("--y", y);
  try {
    training::require_targets(model.trainer().options().loss, targets, verb);
  } catch (const ValueError& error) {
    throw ValueError(error.what() + std::string(" Give --y."));
  }
  return targets;
}

Batch read_data(const Model& model, const TrainingData& data, const std::string& verb) {
  if (!data.csv.empty()) return load_csv(data.csv, csv_options(model, data, verb));
  auto x = read_inputs("--x", data.x), y = read_targets(model, data.y, verb);
  return {std::move(x), std::move(y), read_inputs("--sample-weight", data.sample_weight)};
}

Dataset stream_data(const Model& model, const TrainingData& data, const std::string& verb) {
  return csv_dataset(data.csv, csv_options(model, data, verb)).prefetch();
}

void check_data_options(const TrainingData& data) {
  if (data.x.empty() && data.csv.empty()) throw CLI::RequiredError("--x or --csv");
}

void add_data_options(CLI::App& verb, TrainingData& data) {
  add_arrays(verb, "--x", data.x, "[NAME=]x.npy, x.json or x.csv, once per input; with --csv: [NAME=]COLUMN,COLUMN");
  add_arrays(verb, "--y", data.y, "[NAME=]y.npy, y.json or y.csv, once per output; with --csv: columns");
  add_arrays(verb, "--sample-weight", data.sample_weight,
             "[NAME=]w.npy: what each sample counts for; with --csv: a column");
  auto* csv = verb.add_option("--csv", data.csv,
                              "a table of numbers; its columns by the names in its first line, or by place, 0, 1 ...; "
                              "without --x all that nothing else takes");
  verb.add_option("--separator", data.separator, "of --csv: one character, or \\t")
      ->check([](const std::string& text) {
        return text.size() == 1 || text == "\\t" ? std::string() : "expected one character, found " + text;
      })
      ->needs(csv);
  verb.add_flag("--stream", data.stream, "of --csv: read it batch by batch, in its order, and never keep all of it")
      ->needs(csv);
  add_batch_size(verb, data.batch_size);
}

}  // namespace hornbeam::cli
