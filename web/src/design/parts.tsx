/** How parts of the ledger look, and what they are, the same in every picture. */
import type { PartName } from '../books/parts.js';
import { ACCOUNT_MEANINGS, accountColour } from './accounts.js';

export const partColour = (name: PartName): string =>
  name === 'kept out' ? 'url(#kept-out)' : name === 'unknown' ? 'url(#unknown)' : accountColour(name);

export const PART_MEANINGS: Readonly<Record<PartName, string>> = {
  ...ACCOUNT_MEANINGS,
  'kept out':
    'the VMM kept the vCPU out of the guest (paused, stopped, not there): part of hypervisor, vmm and blocked',
};

/** Hatches, so that colour is not all that tells these two apart. Once in every picture that uses them. */
export function PartPatterns() {
  return (
    <defs>
      <Hatch id="unknown" colour={accountColour('unknown')} />
      <Hatch id="kept-out" colour={accountColour('blocked')} />
    </defs>
  );
}

function Hatch({ id, colour }: { id: string; colour: string }) {
  return (
    <pattern id={id} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
      <rect width="6" height="6" fill={colour} fill-opacity="0.35" />
      <rect width="3" height="6" fill={colour} />
    </pattern>
  );
}

interface LegendProps {
  readonly names: readonly PartName[];
  /** Those that do not count are shown faint. */
  readonly counts: (name: PartName) => boolean;
}

export function Legend({ names, counts }: LegendProps) {
  return (
    <ul class="legend">
      {names.map((name) => (
        <li key={name} class={counts(name) ? undefined : 'faint'} title={PART_MEANINGS[name]}>
          <svg width="14" height="14" aria-hidden="true">
            <PartPatterns />
            <rect x="0.5" y="0.5" width="13" height="13" rx="2" fill={partColour(name)} class="swatch" />
          </svg>
          {name}
        </li>
      ))}
    </ul>
  );
}
