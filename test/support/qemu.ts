/** The QEMU that is installed, as a witness: what its monitor prints of a machine that has not started. */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type QemuProgram = 'qemu-system-x86_64' | 'qemu-system-aarch64';

export const hasQemu = (program: QemuProgram): boolean => spawnSync(program, ['--version']).status === 0;

/** What QEMU prints without running a guest. */
export function qemuOutput(program: QemuProgram, args: readonly string[]): string {
  const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', timeout: 60_000 });
  return stdout + stderr;
}

/** Prints of monitor commands; a command line that QEMU refuses throws. */
export function monitorOutput(program: QemuProgram, args: readonly string[], commands: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'vmtoll-qemu-'));
  try {
    // A file takes all that is printed before QEMU quits; of a pipe that is full it would drop the rest.
    const output = join(folder, 'output');
    const descriptor = openSync(output, 'w');
    const { stderr, status } = spawnSync(
      program,
      [...args, '-S', '-display', 'none', '-chardev', 'stdio,id=witness', '-mon', 'chardev=witness'],
      {
        encoding: 'utf8',
        timeout: 60_000,
        cwd: folder,
        input: `${[...commands, 'quit'].join('\n')}\n`,
        stdio: ['pipe', descriptor, 'pipe'],
      },
    );
    closeSync(descriptor);
    if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
    return readFileSync(output, 'utf8');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export interface TreeDevice {
  readonly type: string;
  /** The VIRTIO device inside one on PCI. */
  readonly isPart: boolean;
  readonly properties: ReadonlyMap<string, string>;
  /** Start and length. */
  readonly mmio: readonly (readonly [number, number])[];
}

/** Devices of `info qtree`; one inside a VIRTIO transport has the windows of that. */
export function treeDevices(text: string): TreeDevice[] {
  const devices: { type: string; isPart: boolean; properties: Map<string, string>; mmio: [number, number][] }[] = [];
  for (const line of text.split('\n')) {
    const [, type] = /^\s*dev: ([^,]+), id/.exec(line) ?? [];
    const [, key, value] = /^\s+([\w.-]+) = (.*?)\r?$/.exec(line) ?? [];
    const [, start, length] = /^\s+mmio ([0-9a-f]{16})\/([0-9a-f]{16})/.exec(line) ?? [];
    const current = devices.at(-1);
    if (type !== undefined) {
      const isInTransport = current?.type === 'virtio-mmio' && type.endsWith('-device');
      const isPart = type.endsWith('-device') && /^virtio-.*(?:-pci|vga)$/.test(current?.type ?? '');
      devices.push({ type, isPart, properties: new Map(), mmio: isInTransport ? current.mmio : [] });
    } else if (key !== undefined) current?.properties.set(key, value);
    else if (start !== undefined) current?.mmio.push([Number.parseInt(start, 16), Number.parseInt(length, 16)]);
  }
  return devices;
}

/** Regions of devices in `info mtree`, by space: first and last address. */
export function mappedRegions(text: string, space: 'mmio' | 'port'): (readonly [number, number])[] {
  const heading = space === 'port' ? 'address-space: I/O' : 'address-space: memory';
  const from = text.indexOf(`${heading}\r\n`) === -1 ? text.indexOf(`${heading}\n`) : text.indexOf(`${heading}\r\n`);
  // What follows is in no fixed order: another address space, or a region that aliases refer to.
  const [part] = text.slice(from).split(/\n(?=address-space:|memory-region:)/);
  return [
    ...part.matchAll(/^\s+([0-9a-f]{16})-([0-9a-f]{16}) \(prio -?\d+, i\/o\): (?!alias|(?:system|io|pci)\r?$)/gm),
  ].map(([, first, last]) => [Number.parseInt(first, 16), Number.parseInt(last, 16)]);
}
