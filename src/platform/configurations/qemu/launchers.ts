/** What stands before QEMU on a command line, and starts it: taskset, chrt, nice, numactl, … */
import { type Complaints, quoted } from '../complaints.js';
import type { ConfiguredOption } from '../machine-configuration.js';
import { pcpuSet } from '../quantities.js';
import type { Command } from './words.js';

const LAUNCHERS = ['taskset', 'chrt', 'nice', 'numactl', 'ionice', 'cgexec', 'systemd-run', 'prlimit', 'setarch'];
const baseName = (text: string): string => text.slice(text.lastIndexOf('/') + 1);

/** Where taskset lets all threads of QEMU run, and so its vCPUs; null where it does not say. */
export function runmaskOfLauncher(before: Command, complaints: Complaints): readonly number[] | null {
  const index = before.findLastIndex(({ text }) => baseName(text) === 'taskset');
  if (index === -1) return null;
  const isList = /^(?:-[a-z]*c[a-z]*|--cpu-list)$/.test(before[index + 1]?.text ?? '');
  const written = before[index + (isList ? 2 : 1)];
  if (written === undefined) return null;
  const runmask = isList ? pcpuSet(written.text) : pcpusOfMask(written.text);
  if (runmask === undefined) {
    complaints.add('bad-runmask', written.place, `${quoted(written.text)} is no set of pCPUs`);
  }
  return runmask ?? null;
}

/** "0x3", or "3": bits of pCPUs. */
function pcpusOfMask(text: string): readonly number[] | undefined {
  const [, digits] = /^(?:0x)?([0-9a-f]{1,2048})$/i.exec(text.replaceAll(',', '')) ?? [];
  if (digits === undefined) return undefined;
  const pcpus: number[] = [];
  Array.from(digits)
    .toReversed()
    .forEach((digit, position) => {
      for (let bit = 0; bit < 4; bit++) if ((Number.parseInt(digit, 16) >> bit) & 1) pcpus.push(4 * position + bit);
    });
  return pcpus;
}

/** Each launcher with the words up to the next one. */
export function launcherOptions(before: Command): ConfiguredOption[] {
  const options: (ConfiguredOption & { readonly values: string[] })[] = [];
  for (const { text, place } of before) {
    if (LAUNCHERS.includes(baseName(text))) options.push({ name: baseName(text), values: [], place, known: true });
    else options.at(-1)?.values.push(text);
  }
  return options;
}
