#!/usr/bin/env bash
# Runs tests on another kernel: boots it in a virtual machine that sees this machine's files, read-only, under a layer
# of memory. Nothing here is changed by what happens there. Kernels of Debian have what others lack: radios, bonds.
#
#   apt-get download linux-image-6.1.0-50-amd64        # any package with a kernel and its modules
#   test/other-kernel/run.sh linux-image-*.deb wireless wiring
#
# Needs qemu-system-x86_64, kmod and busybox-static. Without KVM (NSVIEW_KVM=1 uses it) all is some ten times slower.
set -eu
package=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
repository=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

dpkg-deb -x "$package" "$work/kernel"
release=$(basename "$(echo "$work"/kernel/lib/modules/*)")
depmod -b "$work/kernel" "$release"
image=$work/image
mkdir -p "$image/bin" "$image/modules"
cp "$(command -v busybox)" "$image/bin/busybox"
for module in virtio_pci 9pnet_virtio 9p overlay; do
  modprobe -d "$work/kernel" -S "$release" --show-depends "$module"
done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' | while read -r file; do
  cp "$file" "$image/modules/"
  basename "$file" >>"$image/modules/order"
done
cp "$here/init" "$image/init"
{
  printf 'kernel=%q\nrepository=%q\ntests=(' "$work/kernel" "$repository"
  printf '%q ' "$@"
  printf ')\n'
  cat "$here/guest.sh"
} >"$work/guest.sh"
ln -s "$work/guest.sh" "$image/guest"
(cd "$image" && find . | busybox cpio -o -H newc 2>/dev/null | gzip) >"$work/image.gz"

speed=(-accel 'tcg,thread=multi' -cpu max)
[ "${NSVIEW_KVM:-0}" = 1 ] && speed=(-accel kvm -cpu host)
qemu-system-x86_64 "${speed[@]}" -m "${NSVIEW_MEMORY:-4096}" -smp 2 -nographic -no-reboot -net none \
  -kernel "$work/kernel/boot/vmlinuz-$release" -initrd "$work/image.gz" \
  -append 'console=ttyS0 quiet loglevel=2 panic=-1' \
  -virtfs local,path=/,mount_tag=root,security_model=none,readonly=on,multidevs=remap </dev/null |
  tee "$work/log"
grep -q '^ *[0-9]* tests\? passed' "$work/log" && ! grep -q 'tests\? failed\|timed out' "$work/log"
