// Options that several verbs have, and checks of what they are given.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

namespace hornbeam::cli {

// Whatever models::load_model opens, or a JSON config.
void add_model(CLI::App& verb, std::string& model);
// One that holds what the model was compiled with, as a config does not.
void add_compiled_model(CLI::App& verb, std::string& model);
void add_batch_size(CLI::App& verb, std::int64_t& batch_size);
void add_target(CLI::App& verb, std::string& target);
// The optimizer's state and what the model was compiled with stay out of the file.
void add_no_optimizer(CLI::App& verb, bool& no_optimizer);
// Archives without the time of saving.
void add_no_date(CLI::App& verb, bool& no_date);
void add_weights(CLI::App& verb, std::string& weights);
void add_json(CLI::App& verb, bool& json);
// One value per use of the option, so that what follows it may be the model.
CLI::Option* add_arrays(CLI::App& verb, const std::string& name, std::vector<std::string>& arrays,
                        const std::string& help);

// A whole number of at least 1.
CLI::Validator count();
// At least 0 and below 1.
CLI::Validator share();

// Checks of where results are to go, for before the work begins. An empty path is none.
// Throws ValueError unless the name ends in one of `suffixes`; `writes` says what the option writes.
void require_suffix(const std::string& option, const std::string& path, std::initializer_list<const char*> suffixes,
                    const std::string& writes);

}  // namespace hornbeam::cli
