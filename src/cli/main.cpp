// hornbeam: looks into, predicts with, trains and converts Keras models from the command line.
// Exit codes: 0; 1 with one line "ValueError: ..." on standard error; 2 for wrong usage. Of verbs that compare, as of
// diff(1): 0 when nothing differs, 1 when something does, 2 for any error.
#include <cstdio>
#include <exception>
#include <string>

#include "cli/verbs.h"
#include "hornbeam/errors.hpp"

namespace {

// One line, whatever the text, which may come from a file: blanks for line ends and for what terminals obey.
int failed(std::string text, int code = 1) {
  for (auto& c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = ' ';
  }
  std::fprintf(stderr, "%s\n", text.c_str());
  return code;
}

int wrong_usage(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) return app.exit(error);  // help and version are no errors
  const auto rest = app.remaining();
  if (!app.get_subcommands().empty() || rest.empty()) {
    app.exit(error);
    return 2;
  }
  // Before "a subcommand is required", which is all that CLI11 would say.
  std::string verbs;
  for (const auto* verb : app.get_subcommands([](const CLI::App*) { return true; })) {
    verbs += (verbs.empty() ? "" : ", ") + verb->get_name();
  }
  std::fprintf(stderr, "Unknown %s: %s. The verbs are %s.\nRun with --help for more information.\n",
               rest[0].starts_with("-") ? "option" : "verb", rest[0].c_str(), verbs.c_str());
  return 2;
}

bool compares(const CLI::App& app) {
  return app.got_subcommand("diff") ||
         (app.got_subcommand("ckpt") && app.get_subcommand("ckpt")->got_subcommand("diff"));
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Keras models, native in C++", "hornbeam"};
  app.require_subcommand(1);
  app.get_formatter()->column_width(36);
  app.set_version_flag("--version", "hornbeam " HORNBEAM_VERSION, "print the version and exit");
  hornbeam::cli::add_summary(app);
  hornbeam::cli::add_inspect(app);
  hornbeam::cli::add_predict(app);
  hornbeam::cli::add_convert(app);
  hornbeam::cli::add_migrate(app);
  hornbeam::cli::add_diff(app);
  hornbeam::cli::add_ckpt(app);
  hornbeam::cli::add_bench(app);
  hornbeam::cli::add_evaluate(app);
  hornbeam::cli::add_fit(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return wrong_usage(app, error);
  } catch (const hornbeam::cli::Differ& found) {
    return failed(found.report());
  } catch (const hornbeam::Error& error) {
    return failed(error.report(), compares(app) ? 2 : 1);
  } catch (const std::exception& error) {
    return failed(std::string("RuntimeError: ") + error.what(), compares(app) ? 2 : 1);
  }
  return 0;
}
