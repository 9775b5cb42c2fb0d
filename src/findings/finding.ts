/** A finding: what costs, what it costs, what to change, what that is likely to bring, and how to see that it did. */
import type { AccountName } from '../ledger/accounts.js';
import type { Cause } from '../recording/causes.js';

/**
 * How sure it is that the remedy removes the cost. `high`: the cost is measured and its cause is named by the events.
 * `medium`: measured, but that this is its cause is inferred. `low`: an estimate, or data is missing.
 */
export const CONFIDENCES = ['high', 'medium', 'low'] as const;
export type Confidence = (typeof CONFIDENCES)[number];

export interface Finding {
  /** Id of the rule. */
  readonly rule: string;
  /** One sentence with the number. Untrusted text where it names something of the recording, here and below. */
  readonly title: string;
  /** Id of the machine that it is about; null: the host, or the recording. */
  readonly machine: string | null;
  /** What it costs now, as time of `accounts`. */
  readonly costNs: number;
  /** `costNs` over T × all vCPUs. */
  readonly share: number;
  readonly accounts: readonly AccountName[];
  readonly gain: Gain;
  /** What was seen, in words. */
  readonly evidence: string;
  /** Where to look. */
  readonly references: readonly Reference[];
  /** What to change, in words. */
  readonly remedy: string;
  readonly knobs: readonly Knob[];
  /** What the remedy can break or cost. */
  readonly risk: string;
  /** How to see that it worked. */
  readonly verify: string;
  readonly confidence: Confidence;
  /** Where the rule's knowledge is from. */
  readonly sources: readonly string[];
}

/** What the remedy can bring, in nanoseconds of T: never more than the cost. */
export interface Gain {
  /** If all of it went away that is not inherent. */
  readonly mostNs: number;
  /** An estimate; `reasoning` says whose. */
  readonly likelyNs: number;
  readonly reasoning: string;
}

/** A row or an entry of the Explanation, or a place in a configuration. */
export type Reference = ExitsReference | WorstReference | CulpritReference | ConfigurationReference | QualityReference;

/** The rows of `exits` that agree in all that is not null. */
export interface ExitsReference {
  readonly kind: 'exits';
  readonly machine: string;
  readonly vcpu: number | null;
  readonly cause: Cause;
  readonly reason: string | null;
  readonly detail: string | null;
  readonly device: string | null;
}

/** The episode of `worst` with this beginning. */
export interface WorstReference {
  readonly kind: 'worst';
  readonly machine: string;
  readonly vcpu: number;
  readonly atNs: number;
}

/** The rows of `culprits` of this name. */
export interface CulpritReference {
  readonly kind: 'culprits';
  readonly machine: string;
  readonly account: Extract<AccountName, 'wakeup' | 'preempted'> | null;
  readonly name: string;
}

export interface ConfigurationReference {
  readonly kind: 'configuration';
  readonly source: string;
  readonly line: number;
}

/** The issue of `quality` with this code. */
export interface QualityReference {
  readonly kind: 'quality';
  readonly code: string;
}

/** Whose language a knob is written in; tests have each of them checked by its tool where that can be had. */
export const KNOB_TOOLS = [
  'shell on the host',
  'shell on a QNX host',
  'shell in dom0',
  'Xen command line',
  'shell in the guest',
  'QEMU option',
  'libvirt XML',
  'qvm configuration',
  'xl configuration',
  'Firecracker configuration',
  'kernel parameter of the host',
  'kernel parameter of the guest',
] as const;
export type KnobTool = (typeof KNOB_TOOLS)[number];

/** Something to type: it can be copied as it stands, apart from names in CAPITALS. */
export interface Knob {
  readonly tool: KnobTool;
  readonly text: string;
  /** What it does, in a few words. */
  readonly does: string;
}
