/**
 * What the configuration of a machine says, whatever VMM it is for. Plain data: nothing in it is a default that the
 * configuration does not state, except where a comment says so. All texts were written by others.
 */
import type { Issue } from '../../base/issue.js';

export interface MachineConfiguration {
  /** Id of the format. */
  readonly format: string;
  /** The file that the user gave; parts of it can come from others (see `Place`). */
  readonly source: string;
  readonly name: string | null;
  /** In the order of the guest's numbers. */
  readonly vcpus: readonly VcpuConfiguration[];
  readonly memory: readonly MemoryRange[];
  readonly devices: readonly DeviceConfiguration[];
  readonly variables: readonly Variable[];
  /** All else about the machine as a whole: what to load, logging, and what vmtoll does not know. */
  readonly options: readonly ConfiguredOption[];
  readonly issues: readonly ConfigurationIssue[];
}

/** Both count from 1; a column counts characters (UTF-16 units). */
export interface Place {
  readonly source: string;
  readonly line: number;
  readonly column: number;
}

/** The message begins with source:line:column. */
export interface ConfigurationIssue extends Issue {
  readonly place?: Place;
}

/** An option as it is written. */
export interface ConfiguredOption {
  readonly name: string;
  readonly values: readonly string[];
  readonly place: Place;
  /** False where vmtoll does not know the option: it is kept, but nothing was read from it. */
  readonly known: boolean;
}

export interface VcpuConfiguration {
  readonly id: number;
  /** null where the configuration leaves it to the hypervisor, here and below. */
  readonly scheduling: Scheduling | null;
  /** pCPUs that it may run on. */
  readonly runmask: readonly number[] | null;
  /** A named group of pCPUs that it may run on. */
  readonly cluster: string | null;
  /** The partition of the host's scheduler whose budget it uses. */
  readonly partition: string | null;
  readonly options: readonly ConfiguredOption[];
  /** null: the configuration states no vCPU, and the hypervisor makes one. */
  readonly place: Place | null;
}

export interface Scheduling {
  readonly policy: 'round-robin' | 'fifo' | 'sporadic' | 'other';
  /** Larger is more urgent. */
  readonly priority: number;
  readonly sporadic: SporadicBudget | null;
}

export interface SporadicBudget {
  readonly lowPriority: number;
  readonly maxReplenishments: number;
  readonly periodNs: number;
  readonly budgetNs: number;
}

export interface MemoryRange {
  readonly kind: 'ram' | 'rom' | 'reserved';
  /** Guest-physical address; null: right after the highest range before. */
  readonly start: number | null;
  /** Bytes; null where it cannot be read. */
  readonly length: number | null;
  /** What the host backs it with, in the configuration's words; null where it does not say. */
  readonly backing: string | null;
  readonly place: Place;
}

export type DeviceKind = 'emulated' | 'paravirtual' | 'passed-through' | 'unknown';

export interface DeviceConfiguration {
  readonly kind: DeviceKind;
  /** As the VMM calls it, for example "pl011". */
  readonly type: string;
  /** What a device of this type is, in words, for example "console"; null where vmtoll does not know. */
  readonly description: string | null;
  /** The name that the configuration gives it. */
  readonly name: string | null;
  readonly windows: readonly DeviceWindow[];
  /** PCI addresses or ids in the configuration's words: the guest itself places such a device in memory. */
  readonly pci: readonly string[];
  readonly interrupts: readonly DeviceInterrupt[];
  readonly options: readonly ConfiguredOption[];
  readonly place: Place;
}

/** Addresses at which the guest finds the registers (or the memory) of a device. */
export interface DeviceWindow {
  readonly space: 'mmio' | 'port';
  /** Guest-physical address, or port. */
  readonly start: number;
  /** Bytes, or ports; null: not known. */
  readonly length: number | null;
  /** Who says how long it is; null with `length`. */
  readonly lengthFrom: 'configuration' | 'device type' | null;
  /** Host-physical address of a device that is passed through; null where it is the same, or not passed. */
  readonly host: number | null;
  /** Rights and attributes in the configuration's words, for example "rwn". */
  readonly access: string | null;
  readonly place: Place;
}

export interface DeviceInterrupt {
  /** The guest's interrupt controller. */
  readonly controller: string;
  /** Its input; null where the controller has none to choose. */
  readonly line: number | null;
  /** The host's interrupt that is passed through; null where none is named. */
  readonly host: number | null;
  /** In the configuration's words: for qvm "u" (unmasked at once) and "t" (served by a thread). */
  readonly flags: readonly string[];
  readonly place: Place;
}

export interface Variable {
  readonly name: string;
  readonly value: string;
  /** The part of the configuration that it stands in, for example "vdev pl011"; null before all of them. */
  readonly within: string | null;
  readonly place: Place;
}

export const placeText = ({ source, line, column }: Place): string => `${source}:${line}:${column}`;
