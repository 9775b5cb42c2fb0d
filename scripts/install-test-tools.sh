#!/usr/bin/env bash
# Installs what tests and benchmarks compare with (Debian): perf and trace-cmd as referees, xz for packed recordings,
# GNU time for measuring; hyperfine, fio, sysbench, stress-ng, iperf3 and cyclictest (rt-tests), whose results
# are imported;
# C compilers for probe/, here and for arm64; LLVM's assembler of RISC-V; R as referee of the statistics;
# Chromium for the page;
# QEMU, libvirt's schema and Xen's parser as referees of configurations.
set -euo pipefail
packages=(linux-perf trace-cmd xz-utils zstd time hyperfine fio sysbench stress-ng iperf3 rt-tests gcc libc6-dev gcc-aarch64-linux-gnu libc6-dev-arm64-cross llvm r-base-core chromium fonts-dejavu-core qemu-system-x86 qemu-system-arm libvirt-clients libxml2-utils libxenmisc4.17)
missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && { echo "test tools: all there (${packages[*]})"; exit 0; }
as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
