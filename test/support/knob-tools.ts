/** The tools that knobs are written for, as far as they can say whether they understand one. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** undefined: understood; else what the tool said. */
export type Complaint = string | undefined;

/** @param names of programs, with spaces between them */
export const hasTools = (names: string): boolean =>
  names.split(' ').every((name) => spawnSync('sh', ['-c', `command -v ${name}`]).status === 0);

const inFolder = <T>(work: (folder: string) => T): T => {
  const folder = mkdtempSync(join(tmpdir(), 'vmtoll-knobs-'));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

/** `sh -n`: it reads the script and runs nothing. */
export function shellComplaint(script: string): Complaint {
  const { status, stderr } = spawnSync('sh', ['-n', '-c', script], { encoding: 'utf8' });
  return status === 0 ? undefined : stderr;
}

/** What the host of the tests cannot give; QEMU says so only after it has understood the option. */
const NOT_HERE =
  /Could not access KVM kernel module|failed to initialize kvm|unable to map backing store|locking memory failed|\/dev\/net\/tun|vhost char device|kernel doesn't allow|can't set hugepages|Cannot allocate memory/i;

/**
 * Starts QEMU with the options and an empty machine, stopped, and ends it at once. What takes gigabytes, privileges or
 * a CPU with KVM is asked for in small, or of the emulated CPU: that changes no name of an option.
 */
export function qemuComplaint(options: string): Complaint {
  return inFolder((folder) => {
    for (const name of ['DISK.img', 'FILE']) writeFileSync(join(folder, name), Buffer.alloc(1 << 20));
    const modest = options
      .replaceAll(/\b2G\b/g, '64M')
      .replaceAll('-cpu host', '-cpu max')
      .replaceAll('path=/var/log/', 'path=')
      // The monitor has standard input.
      .replaceAll('-chardev stdio,', '-chardev null,')
      .replaceAll('-netdev tap,', '-netdev tap,script=no,downscript=no,');
    const small = [
      ...(modest.includes('-accel') ? [] : ['-accel', 'tcg,tb-size=8']),
      ...(modest.includes('-m ') ? [] : ['-m', '64M']),
    ];
    const program = /-machine virt\b/.test(options) ? 'qemu-system-aarch64' : 'qemu-system-x86_64';
    const { status, stderr, error } = spawnSync(
      program,
      ['-nodefaults', '-no-user-config', '-display', 'none', '-S', '-monitor', 'stdio', ...small, ...modest.split(' ')],
      { cwd: folder, input: 'quit\n', encoding: 'utf8', timeout: 20_000 },
    );
    if (error !== undefined) return error.message;
    return status === 0 || NOT_HERE.test(stderr) ? undefined : stderr;
  });
}

/** Elements that stand below <devices> in a domain. */
const DEVICES = /^<(?:disk|interface|console|serial|video|memballoon|controller|rng)\b/;

/** The whole domain that a fragment stands in, checked against libvirt's schema. */
export function libvirtComplaint(fragment: string): Complaint {
  const domain = [
    "<domain type='kvm'><name>guest</name><memory unit='MiB'>2048</memory>",
    "<os><type arch='x86_64' machine='q35'>hvm</type></os>",
    DEVICES.test(fragment) ? `<devices>${fragment}</devices>` : fragment,
    '</domain>',
  ].join('');
  return inFolder((folder) => {
    const file = join(folder, 'guest.xml');
    writeFileSync(file, domain);
    const { status, stdout, stderr } = spawnSync('virt-xml-validate', [file, 'domain'], { encoding: 'utf8' });
    return status === 0 ? undefined : `${stdout}${stderr}`;
  });
}

/** One of x86, and for what only Arm has one that is new enough. */
const KERNELS = ['6.1.0-56-amd64', '6.12.117+deb13-cloud-arm64'];

/** Parameters of both; true: of a module that is built into the kernel. */
export function kernelParameters(): Map<string, boolean> {
  const lines = KERNELS.flatMap((name) =>
    readFileSync(`fixtures/kernel-parameters/${name}.txt`, 'utf8').split('\n'),
  ).filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.replace(/ built-in$/, ''), line.endsWith(' built-in')]));
}
