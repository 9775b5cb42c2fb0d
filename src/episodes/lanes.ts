/** What a timeline is made of: one lane a vCPU, and one a pCPU. */
import { ACCOUNTS } from '../ledger/accounts.js';

export const LANE_TYPES = ['vcpu', 'pcpu'] as const;
export type LaneType = (typeof LANE_TYPES)[number];

/** What a pCPU is doing: an interrupt handler runs on top of whoever else has it. */
export const OCCUPANTS = ['idle', 'vcpu', 'vmm', 'other', 'interrupt', 'unknown'] as const;
export type Occupant = (typeof OCCUPANTS)[number];

/** Positions in OCCUPANTS, for columns. */
export const OccupantKind = {
  idle: 0,
  vcpu: 1,
  vmm: 2,
  other: 3,
  interrupt: 4,
  unknown: 5,
} as const satisfies Record<Occupant, number>;

/** What the time of a lane is divided into. The first is the background: what a lane is in where nothing is to be seen. */
export const KINDS_OF = { vcpu: ACCOUNTS, pcpu: OCCUPANTS } as const;

/** The background of both types of lanes: the account `guest`, the occupant `idle`. */
export const BACKGROUND = 0;
/** Instead of a kind: there is nothing but background. */
export const NO_KIND = 255;
/** Instead of an index into the labels of a lane: it has none, or there were too many to keep them apart. */
export const NO_LABEL = -1;
