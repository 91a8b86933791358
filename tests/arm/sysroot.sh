#!/usr/bin/env bash
# What AArch64 programs need of Debian, unpacked into a folder: nothing of this system changes, and no root is needed.
# usage: sysroot.sh FOLDER     makes FOLDER/root and FOLDER/cross.ini, a cross file for meson
set -euo pipefail
mkdir -p "$1"
folder=$(cd "$1" && pwd)
root=$folder/root
triplet=aarch64-linux-gnu
packages=(libc6-dev libglib2.0-dev libjansson-dev libopenblas-pthread-dev libgdk-pixbuf-2.0-dev libcairo2-dev
  libpango1.0-dev)

# An apt of its own, which believes itself on an AArch64 machine with nothing installed; the sources are this system's.
apt () {
  apt-get -q -o APT::Architecture=arm64 -o APT::Architectures::=arm64 -o APT::Install-Recommends=0 \
    -o Dir::State="$folder/apt" -o Dir::State::status="$folder/apt/status" -o Dir::Cache="$folder/apt/cache" \
    -o Debug::NoLocking=1 "$@"
}

if [ "$(cat "$folder/unpacked" 2> /dev/null)" != "${packages[*]}" ]; then
  rm -rf "$root"
  mkdir -p "$folder/apt/lists/partial" "$folder/apt/cache/archives/partial" "$root"
  : > "$folder/apt/status"
  apt update
  apt install -y --download-only "${packages[@]}"
  for package in "$folder"/apt/cache/archives/*.deb; do
    dpkg-deb -x "$package" "$root"
  done
  # Links to /… mean the new root; and the one that Debian's alternatives would make.
  find "$root" -lname '/*' -print0 | while IFS= read -r -d '' link; do
    ln -sfn "$root$(readlink "$link")" "$link"
  done
  ln -sf openblas-pthread/libopenblas.so.0 "$root/usr/lib/$triplet/"
  rm -rf "$folder/apt"
  echo "${packages[*]}" > "$folder/unpacked"
fi

cat > "$folder/cross.ini" <<TEXT
[binaries]
c = '$triplet-gcc'
ar = '$triplet-gcc-ar'
strip = '$triplet-strip'
nm = '$triplet-nm'
pkgconfig = 'pkg-config'
exe_wrapper = ['qemu-aarch64-static', '-L', '$root']

[properties]
sys_root = '$root'
pkg_config_libdir = ['$root/usr/lib/$triplet/pkgconfig', '$root/usr/share/pkgconfig',
  '$root/usr/lib/$triplet/openblas-pthread/pkgconfig']

[built-in options]
c_args = ['--sysroot=$root']
c_link_args = ['--sysroot=$root']

[host_machine]
system = 'linux'
cpu_family = 'aarch64'
cpu = 'aarch64'
endian = 'little'
TEXT
