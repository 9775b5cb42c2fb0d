// Lists the parameters of a Linux kernel for x86-64, as rules may advise them: those of the command line, and those of
// modules. `node scripts/kernel-parameters.mjs FOLDER VERSION > fixtures/kernel-parameters/VERSION.txt`, where
// FOLDER holds an unpacked package: apt-get download linux-image-VERSION && dpkg-deb -x linux-image-VERSION*.deb FOLDER
//
// Command line: the kernel's own table (struct obs_kernel_param in .init.setup), found by a string that is certainly in it.
// Modules: what `modinfo` prints of those that are built in (modprobe cannot set these), and the symbols of those that are
// named here.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const MODULES = ['kvm', 'kvm-intel', 'kvm-amd', 'cpuidle-haltpoll', 'vhost', 'vhost_net', 'i8042', 'psmouse'];
/** Bytes of struct obs_kernel_param { const char *str; int (*setup_func)(char *); int early; } with padding. */
const ENTRY = 24;
const CERTAINLY_THERE = 'nohz_full=';

const [folder, version] = process.argv.slice(2);
if (version === undefined) throw new Error('usage: node scripts/kernel-parameters.mjs FOLDER VERSION');
const modules = join(folder, 'lib/modules', version);

const names = new Set([
  ...commandLine(unpackedKernel()),
  ...builtIn().map((name) => `${name} built-in`),
  ...ofModules(),
]);
process.stdout.write(
  `# Parameters of Debian's linux-image-${version}, by scripts/kernel-parameters.mjs\n${[...names].toSorted((a, b) => Number(a > b) - Number(a < b)).join('\n')}\n`,
);

/** The payload of a bzImage. Source: Linux, Documentation/x86/boot.rst: setup_sects, payload_offset, payload_length. */
function unpackedKernel() {
  const image = readFileSync(join(folder, 'boot', `vmlinuz-${version}`));
  const protectedMode = (image[0x1f1] + 1) * 512;
  const start = protectedMode + image.readUInt32LE(0x248);
  const payload = image.subarray(start, start + image.readUInt32LE(0x24c));
  // The size of what is packed follows the stream.
  return execFileSync('xz', ['-dc', '--single-stream'], { input: payload, maxBuffer: 2 ** 29 });
}

function commandLine(kernel) {
  const segments = loadedSegments(kernel);
  const offsetOf = (address) => {
    const segment = segments.find(({ from, size }) => address >= from && address < from + BigInt(size));
    return segment && segment.offset + Number(BigInt(address) - segment.from);
  };
  const addressOf = (offset) => {
    const segment = segments.find((one) => offset >= one.offset && offset < one.offset + one.size);
    return segment && segment.from + BigInt(offset - segment.offset);
  };
  const nameAt = (entry) => {
    const text = offsetOf(kernel.readBigUInt64LE(entry));
    const handler = offsetOf(kernel.readBigUInt64LE(entry + 8));
    if (text === undefined || handler === undefined || kernel.readUInt32LE(entry + 16) > 1) return undefined;
    const name = kernel.toString('latin1', text, kernel.indexOf(0, text));
    return /^[\x21-\x7e]{1,60}$/.test(name) ? name : undefined;
  };
  const text = kernel.indexOf(`\0${CERTAINLY_THERE}\0`, 0, 'latin1') + 1;
  const pointer = Buffer.alloc(8);
  pointer.writeBigUInt64LE(addressOf(text));
  const middle = kernel.indexOf(pointer);
  if (text === 0 || middle === -1) throw new Error(`no entry of ${CERTAINLY_THERE} in the kernel`);
  const found = [];
  for (let entry = middle; nameAt(entry) !== undefined; entry += ENTRY) found.push(nameAt(entry));
  for (let entry = middle - ENTRY; nameAt(entry) !== undefined; entry -= ENTRY) found.push(nameAt(entry));
  return found.map((name) => name.replace(/=$/, ''));
}

/** ELF64: program headers of type PT_LOAD. */
function loadedSegments(elf) {
  const [table, size, count] = [Number(elf.readBigUInt64LE(32)), elf.readUInt16LE(54), elf.readUInt16LE(56)];
  return Array.from({ length: count }, (_, index) => table + index * size)
    .filter((at) => elf.readUInt32LE(at) === 1)
    .map((at) => ({
      offset: Number(elf.readBigUInt64LE(at + 8)),
      from: elf.readBigUInt64LE(at + 16),
      size: Number(elf.readBigUInt64LE(at + 32)),
    }));
}

/** "module.parm=name:what it does", each ended by a NUL. */
function builtIn() {
  const text = readFileSync(join(modules, 'modules.builtin.modinfo'), 'utf8');
  return [...text.matchAll(/(?:^|\0)([\w-]+)\.parmtype=([\w-]+):/g)].map(
    ([, name, parameter]) => `${name}.${parameter}`,
  );
}

function ofModules() {
  const files = readdirSync(modules, { recursive: true }).map(String);
  return MODULES.flatMap((name) => {
    const file = files.find((path) => path.endsWith(`/${name}.ko`));
    if (file === undefined) return [];
    const text = readFileSync(join(modules, file)).toString('latin1');
    // One symbol each: modinfo does not list parameters without a type.
    return [...text.matchAll(/\0__param_str_(\w+)(?=\0)/g)].map(
      ([, parameter]) => `${name.replaceAll('-', '_')}.${parameter}`,
    );
  });
}
