/** Which finding of one side is the same as one of the other. */
import type { Explanation } from '../explain/explanation.js';
import type { Alignment } from './difference.js';

export type Finding = Explanation['findings'][number];

/** Rules that tell a finding for each device, or register, of a machine. */
const ONE_FOR_EACH: ReadonlySet<string> = new Set([
  'blocked-in-exits',
  'clock-reads',
  'doorbell-in-vmm',
  'emulated-device',
  'exits-to-the-vmm',
  'register-polling',
  'registers-in-qvm',
]);

/** The devices, or else details, whose exits a finding is about; none where it is about no exits. */
export const subjectsOf = ({ references }: Pick<Finding, 'references'>): string[] =>
  references.flatMap((one) => (one.kind === 'exits' ? [subjectOf(one)] : []));

export interface ExitNames {
  readonly cause: string;
  readonly device: string | null;
  readonly detail: string | null;
  readonly reason: string | null;
}

export const subjectOf = ({ cause, device, detail, reason }: ExitNames): string =>
  JSON.stringify([cause, device ?? detail ?? reason]);

export const withoutDetail = ({ cause, reason }: ExitNames): ExitNames => ({
  cause,
  reason,
  detail: null,
  device: null,
});

/** Names for findings, the same on both sides for what is the same. */
export class FindingKeys {
  readonly #idAfter: ReadonlyMap<string, string>;
  /** By rule, machine and subject: one that stands for all subjects of the findings in which it occurs, on either side. */
  readonly #standsFor = new Map<string, string>();

  constructor(before: readonly Finding[], after: readonly Finding[], { machines }: Alignment) {
    this.#idAfter = new Map(machines.map((pair) => [pair.before.id, pair.after.id]));
    for (const finding of before) this.#unite(finding, this.ruleBefore(finding));
    for (const finding of after) this.#unite(finding, this.ruleAfter(finding));
  }

  /** Of the rule and the machine alone. */
  ruleBefore = ({ rule, machine }: Finding): string =>
    JSON.stringify([rule, machine === null ? null : (this.#idAfter.get(machine) ?? `before ${machine}`)]);

  ruleAfter = ({ rule, machine }: Finding): string => JSON.stringify([rule, machine]);

  before = (finding: Finding): string => this.#keyOf(finding, this.ruleBefore(finding));

  after = (finding: Finding): string => this.#keyOf(finding, this.ruleAfter(finding));

  #keyOf(finding: Finding, rule: string): string {
    const [subject] = subjectsOf(finding);
    return !ONE_FOR_EACH.has(finding.rule) || subject === undefined ? rule : this.#rootOf(rule + subject);
  }

  #unite(finding: Finding, rule: string): void {
    if (!ONE_FOR_EACH.has(finding.rule)) return;
    const [first, ...others] = subjectsOf(finding).map((subject) => this.#rootOf(rule + subject));
    for (const other of others) if (other !== first) this.#standsFor.set(other, first);
  }

  #rootOf(name: string): string {
    let root = name;
    for (let next = this.#standsFor.get(root); next !== undefined; next = this.#standsFor.get(root)) root = next;
    return root;
  }
}
