/**
 * File systems without a server, a daemon or a mount on demand behind them. All others (nfs, cifs, fuse, 9p, ceph,
 * afs, autofs, …, and those that nobody thought of here) are left alone. An overlay is as local as its layers.
 */
const LOCAL_FILESYSTEMS = new Set(
  (
    'bcachefs binder binfmt_misc bpf btrfs cgroup cgroup2 configfs cramfs debugfs devpts devtmpfs efivarfs erofs exfat ext2 ext3 ' +
    'ext4 f2fs fusectl hfs hfsplus hugetlbfs iso9660 jfs mqueue msdos nilfs2 nsfs ntfs3 overlay proc pstore ramfs ' +
    'reiserfs resctrl romfs rootfs securityfs selinuxfs smackfs squashfs sysfs tmpfs tracefs udf ufs vfat xfs zfs zonefs'
  ).split(' '),
);

/** Whether a look-up in it answers by itself, without a server or a daemon; `type` as in proc_pid_mountinfo(5). */
export function isLocalFilesystem(type: string): boolean {
  return LOCAL_FILESYSTEMS.has(type);
}
