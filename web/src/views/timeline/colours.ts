/** Colours of lanes. Accounts have theirs everywhere; what has a pCPU takes the colour of the account that it is alike. */
import { type LaneType, OCCUPANTS, type Occupant } from '../../../../src/episodes/lanes.js';
import { ACCOUNTS } from '../../../../src/ledger/accounts.js';
import { ACCOUNT_COLOURS, SURFACES, type Surfaces, type Theme } from '../../design/palette.js';
import { type Hatch, mixedColour, pixelColour, textColourOn } from '../../drawing/lane-image.js';

/** vCPUs beside each other on one pCPU are told apart by these, by turns. */
export const VCPU_TINTS: Readonly<Record<Theme, readonly string[]>> = {
  light: ['#a5d8b8', '#7dc3cf', '#c6d98a', '#8fb8e0', '#d9cf9a', '#6fbf9b'],
  dark: ['#3d6152', '#2f6470', '#5c6a35', '#3c5a80', '#6a6138', '#2d6b55'],
};

/** How much of its colour an account keeps between the stripes of a hatch, and from stripe to stripe, pixels: as in `Hatch` of design/parts.tsx. */
const BETWEEN_STRIPES = 0.35;
const STRIPES = 8;

export interface LaneColours {
  readonly surfaces: Surfaces;
  /** By type of lane and position of the kind. */
  readonly kinds: Readonly<Record<LaneType, readonly string[]>>;
  readonly pixels: Readonly<Record<LaneType, Uint32Array>>;
  readonly texts: Readonly<Record<LaneType, readonly string[]>>;
  /** Of accounts, by position: between the stripes of time that the VMM kept a vCPU out of the guest. */
  readonly betweenStripes: readonly string[];
  readonly betweenPixels: Uint32Array;
  readonly vcpuTints: readonly string[];
  readonly tintPixels: Uint32Array;
  /** Outside of T, or not loaded. */
  readonly nothing: number;
}

export const occupantColour = (theme: Theme, occupant: Occupant): string => {
  const accounts = ACCOUNT_COLOURS[theme];
  if (occupant === 'other') return SURFACES[theme].otherThread;
  return occupant === 'vcpu' ? VCPU_TINTS[theme][0] : accounts[occupant];
};

export function laneColours(theme: Theme): LaneColours {
  const kinds = {
    vcpu: ACCOUNTS.map((account) => ACCOUNT_COLOURS[theme][account]),
    pcpu: OCCUPANTS.map((occupant) => occupantColour(theme, occupant)),
  };
  const of = <Value>(make: (colours: readonly string[]) => Value) => ({
    vcpu: make(kinds.vcpu),
    pcpu: make(kinds.pcpu),
  });
  const betweenStripes = kinds.vcpu.map((colour) => mixedColour(SURFACES[theme].surface, colour, BETWEEN_STRIPES));
  return {
    surfaces: SURFACES[theme],
    kinds,
    pixels: of((colours) => Uint32Array.from(colours, pixelColour)),
    texts: of((colours) => colours.map(textColourOn)),
    betweenStripes,
    betweenPixels: Uint32Array.from(betweenStripes, pixelColour),
    vcpuTints: VCPU_TINTS[theme],
    tintPixels: Uint32Array.from(VCPU_TINTS[theme], pixelColour),
    nothing: pixelColour(SURFACES[theme].surface),
  };
}

/** @param scale device pixels per pixel */
export const keptOutHatch = ({ betweenPixels }: LaneColours, scale: number): Hatch => ({
  between: betweenPixels,
  period: Math.max(2, Math.round(STRIPES * scale)),
});

/** From the bottom of a stack to its top: what the guest loses stands on the ground, what it has hangs above. */
export const STACK_ORDER: Readonly<Record<LaneType, readonly number[]>> = {
  vcpu: (
    ['hypervisor', 'vmm', 'interrupt', 'blocked', 'wakeup', 'preempted', 'poll', 'unknown', 'guest', 'idle'] as const
  ).map((account) => ACCOUNTS.indexOf(account)),
  pcpu: (['vcpu', 'vmm', 'other', 'interrupt', 'unknown', 'idle'] as const).map((occupant) =>
    OCCUPANTS.indexOf(occupant),
  ),
};
