/**
 * QEMU's options: which take a value, and what the first part of the value is where it has no name.
 *
 * Source: `qemu-system-x86_64 -help` of QEMU 7.2, and QEMU's lists of removed and of new features for the others. A test
 * compares it with the QEMU that is installed.
 */

/** Options whose value is "first,key=value,…", and what the first part is called; null: it must have a name. */
export const SETTING_OPTIONS: ReadonlyMap<string, string | null> = new Map([
  ['machine', 'type'],
  ['accel', 'accel'],
  ['smp', 'cpus'],
  ['m', 'size'],
  ['numa', 'type'],
  ['device', 'driver'],
  ['drive', null],
  ['blockdev', 'driver'],
  ['netdev', 'type'],
  ['net', 'type'],
  ['nic', 'type'],
  ['chardev', 'backend'],
  ['object', 'qom-type'],
  ['name', 'guest'],
  ['rtc', null],
  ['boot', 'order'],
  ['overcommit', null],
  ['mon', 'chardev'],
  ['tpmdev', 'type'],
  ['fsdev', 'fsdriver'],
  ['virtfs', 'fsdriver'],
  ['display', 'type'],
  ['spice', null],
  ['audiodev', 'driver'],
  ['audio', 'driver'],
  ['icount', 'shift'],
  ['sandbox', 'enable'],
  ['msg', null],
  ['action', null],
  ['realtime', null],
  ['fw_cfg', 'name'],
  ['smbios', null],
  ['acpitable', null],
  ['semihosting-config', null],
  ['trace', 'enable'],
  ['add-fd', null],
  ['option-rom', 'romfile'],
  ['compat', null],
  ['run-with', null],
  ['iscsi', null],
  ['plugin', 'file'],
  ['smp-cache', null],
]);

/** Options that take a value of another kind; "id" is that of Proxmox. */
export const VALUE_OPTIONS: ReadonlySet<string> = new Set(
  (
    'cpu global set mem-path k fda fdb hda hdb hdc hdd cdrom mtdblock sd pflash usbdevice rotate vga vnc uuid bios kernel ' +
    'append initrd dtb shim serial parallel monitor qmp qmp-pretty debugcon pidfile gdb d D dfilter seed L xen-domid ' +
    'loadvm watchdog watchdog-action echr incoming chroot runas readconfig writeconfig dump-vmstate soundhw balloon ' +
    'virtioconsole tb-size bt clock prom-env g jitdump qtest qtest-log id'
  ).split(' '),
);

export const SWITCHES: ReadonlySet<string> = new Set(
  (
    'enable-kvm no-kvm no-kvm-irqchip no-kvm-pit no-kvm-pit-reinjection mem-prealloc nodefaults no-user-config nodefconfig ' +
    'nographic snapshot usb S s daemonize no-reboot no-shutdown no-acpi no-hpet no-fd-bootchk no-quit no-frame ' +
    'alt-grab ctrl-grab sdl curses portrait full-screen win2k-hack rtc-td-hack localtime startdate singlestep one-insn-per-tb ' +
    'preconfig only-migratable xen-attach xen-domid-restrict enable-fips enable-sync-profile async-teardown audio-help ' +
    'semihosting perfmap old-param display-help h help version'
  ).split(' '),
);

/** Other spellings of options. */
export const SPELLINGS: ReadonlyMap<string, string> = new Map([['M', 'machine']]);

/** What the groups of `-readconfig` files are called, where that is not the option's name. */
export const GROUPS: ReadonlyMap<string, string> = new Map([
  ['smp-opts', 'smp'],
  ['memory', 'm'],
  ['boot-opts', 'boot'],
  ['iscsi', 'iscsi'],
  ['fwcfg', 'fw_cfg'],
]);

export const isKnownOption = (name: string): boolean =>
  SETTING_OPTIONS.has(name) || VALUE_OPTIONS.has(name) || SWITCHES.has(name);
