// hornbeam: looks into, predicts with, trains and converts Keras models from the command line.
// Exit codes: 0; 1 with one line "ValueError: ..." on standard error; 2 for wrong usage.
#include <cstdio>
#include <exception>
#include <string>

#include "cli/verbs.h"
#include "hornbeam/errors.hpp"

namespace {

// One line, whatever the text: blanks for line ends.
int failed(std::string text) {
  for (auto& c : text) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  std::fprintf(stderr, "%s\n", text.c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Keras models, native in C++", "hornbeam"};
  app.require_subcommand(1);
  hornbeam::cli::add_summary(app);
  hornbeam::cli::add_inspect(app);
  hornbeam::cli::add_predict(app);
  hornbeam::cli::add_convert(app);
  hornbeam::cli::add_bench(app);
  hornbeam::cli::add_evaluate(app);
  hornbeam::cli::add_fit(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const hornbeam::Error& error) {
    return failed(error.report());
  } catch (const std::exception& error) {
    return failed(std::string("RuntimeError: ") + error.what());
  }
  return 0;
}
