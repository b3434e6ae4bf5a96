#include "formats/hdf5/file_driver.h"

#if H5_VERSION_GE(1, 13, 0)
#include <H5FDdevelop.h>
#endif

#include <algorithm>
#include <limits>
#include <new>
#include <span>

namespace hornbeam::formats::hdf5 {
namespace {

// libhdf5 knows an open file as the H5FD_t that it begins with.
struct OpenFile {
  H5FD_t head;
  std::shared_ptr<DriverFile> target;
  haddr_t allocated;
};

// Copied byte by byte.
struct Handed {
  const std::shared_ptr<DriverFile>* target;
};

OpenFile& of(H5FD_t* file) { return *reinterpret_cast<OpenFile*>(file); }
const OpenFile& of(const H5FD_t* file) { return *reinterpret_cast<const OpenFile*>(file); }

// No exception may pass through libhdf5.
template <class Work>
bool guarded(const OpenFile& open, const Work& work) {
  if (open.target->error || !open.target->file) return false;
  try {
    work(*open.target->file);
    return true;
  } catch (...) {
    open.target->error = std::current_exception();
    return false;
  }
}

H5FD_t* open_file(const char*, unsigned, hid_t access, haddr_t) {
  const auto* handed = static_cast<const Handed*>(H5Pget_driver_info(access));
  if (!handed) return nullptr;
  auto* open = new (std::nothrow) OpenFile{};
  if (!open) return nullptr;
  open->target = *handed->target;
  return &open->head;
}

herr_t close_file(H5FD_t* file) {
  delete &of(file);
  return 0;
}

herr_t query(const H5FD_t*, unsigned long* flags) {
  // As the driver for plain files, so that the files are laid out alike.
  *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE |
           H5FD_FEAT_AGGREGATE_SMALLDATA | H5FD_FEAT_DEFAULT_VFD_COMPATIBLE;
  return 0;
}

haddr_t get_allocated(const H5FD_t* file, H5FD_mem_t) { return of(file).allocated; }
herr_t set_allocated(H5FD_t* file, H5FD_mem_t, haddr_t address) {
  of(file).allocated = address;
  return 0;
}
haddr_t get_end(const H5FD_t* file, H5FD_mem_t) {
  const auto& target = *of(file).target;
  return target.file ? target.file->written() - std::min(target.begin, target.file->written()) : 0;
}

herr_t read(H5FD_t* file, H5FD_mem_t, hid_t, haddr_t address, std::size_t size, void* buffer) {
  const std::span bytes(static_cast<std::byte*>(buffer), size);
  return guarded(of(file), [&](base::AtomicFile& f) { f.read_at(of(file).target->begin + address, bytes); }) ? 0 : -1;
}

herr_t write(H5FD_t* file, H5FD_mem_t, hid_t, haddr_t address, std::size_t size, const void* buffer) {
  const std::span bytes(static_cast<const std::byte*>(buffer), size);
  guarded(of(file), [&](base::AtomicFile& f) { f.write_at(of(file).target->begin + address, bytes); });
  return 0;
}

herr_t truncate(H5FD_t* file, hid_t, hbool_t) {
  const auto& open = of(file);
  guarded(open, [&](base::AtomicFile& f) {
    const auto end = open.target->begin + open.allocated;
    if (f.written() != end) f.resize(end);
  });
  return 0;
}

H5FD_class_t make_class() {
  H5FD_class_t c{};
#if H5_VERSION_GE(1, 13, 0)
  c.version = H5FD_CLASS_VERSION;
  c.value = static_cast<H5FD_class_value_t>(H5_VFD_RESERVED + 1);
#endif
  c.name = "hornbeam";
  c.maxaddr = static_cast<haddr_t>(std::numeric_limits<off_t>::max());
  c.fc_degree = H5F_CLOSE_STRONG;
  c.fapl_size = sizeof(Handed);
  c.open = open_file;
  c.close = close_file;
  c.query = query;
  c.get_eoa = get_allocated;
  c.set_eoa = set_allocated;
  c.get_eof = get_end;
  c.read = read;
  c.write = write;
  c.truncate = truncate;
  const H5FD_mem_t kinds[H5FD_MEM_NTYPES] = H5FD_FLMAP_DICHOTOMY;
  std::copy(std::begin(kinds), std::end(kinds), std::begin(c.fl_map));
  return c;
}

}  // namespace

hid_t access_through(const std::shared_ptr<DriverFile>& file) {
  static const H5FD_class_t driver_class = make_class();
  static hid_t driver = -1;
  if (H5Iget_type(driver) != H5I_VFL) driver = H5FDregister(&driver_class);  // anew after the program's H5close()
  const Handed handed{&file};
  const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_driver(access, driver, &handed);
  H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
  // What every HDF5 library since 1.0 reads; h5py's choice as well.
  H5Pset_libver_bounds(access, H5F_LIBVER_EARLIEST, H5F_LIBVER_LATEST);
  return access;
}

}  // namespace hornbeam::formats::hdf5
