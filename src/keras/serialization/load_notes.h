// What a load tolerated or changed: collected while configs are read, told in the load report.
#pragma once

#include <string>
#include <vector>

namespace hornbeam {

struct LoadNote {
  enum class Kind {
    ignored_key,    // a key this version does not know, with a value that changes nothing
    renamed_class,  // a class read under another name
    converted,      // a value read in another form
    unused_layer,   // a layer that the model does not need
    added,          // a loss or metric that was added to the model itself
  };
  Kind kind;
  std::string where;  // "Conv2D 'conv1'"
  std::string text;   // "groups = null"
};

// While alive, notes made on this thread are kept here. Nests: the innermost collector gets them.
class LoadNotes {
 public:
  LoadNotes();
  ~LoadNotes();
  LoadNotes(const LoadNotes&) = delete;
  LoadNotes& operator=(const LoadNotes&) = delete;

  const std::vector<LoadNote>& notes() const { return notes_; }
  std::vector<LoadNote> take() { return std::move(notes_); }

 private:
  friend void add_load_note(LoadNote note);
  LoadNotes* outer_;
  std::vector<LoadNote> notes_;
};

// Forgotten when nobody collects.
void add_load_note(LoadNote note);

}  // namespace hornbeam
