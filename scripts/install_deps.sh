#!/usr/bin/env bash
# Installs the Debian/Ubuntu packages that building and testing need. What is there already is left alone; packages a
# release does not have (ccache and mold are only for speed) are passed over.
set -euo pipefail
packages=(
  cmake ninja-build g++ clang clang-format ccache mold python3
  libhwy-dev libdnnl-dev libfmt-dev libzip-dev zlib1g-dev nlohmann-json3-dev libcli11-dev libutf8proc-dev libre2-dev
  libgtest-dev libgmock-dev libbenchmark-dev libhdf5-dev libomp-dev libclang-rt-14-dev
  libfarmhash-dev libhighwayhash-dev libprotobuf-dev protobuf-compiler libleveldb-dev libsnappy-dev libisal-dev
)
installed() { dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed; }

missing=()
for package in "${packages[@]}"; do installed "$package" || missing+=("$package"); done
[ ${#missing[@]} -gt 0 ] || exit 0
if ! command -v apt-get >/dev/null; then
  echo "install_deps.sh: no apt-get here; install by hand: ${missing[*]}" >&2
  exit 1
fi
sudo=()
[ "$(id -u)" = 0 ] || sudo=(sudo)
"${sudo[@]}" apt-get update -q
known=()
for package in "${missing[@]}"; do
  if apt-cache show "$package" >/dev/null 2>&1; then known+=("$package"); else echo "no package $package here"; fi
done
[ ${#known[@]} -eq 0 ] || "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${known[@]}"
