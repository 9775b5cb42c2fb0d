/**
 * What a benchmark exercises, so that a comparison can be read as the general rule: plain computation and memory cost in a
 * guest about what they cost natively; privileged and device registers cost an exit each.
 */
import { failure, type Issue, type Result, success } from '../base/issue.js';
import { parseJson, textAt } from './importers/fields.js';
import type { MechanismRule } from './mechanism-rules.js';
import type { Series } from './model.js';

export { KNOWN_RULES, type MechanismRule } from './mechanism-rules.js';

export interface Mechanism {
  readonly id: string;
  readonly name: string;
  /** What the general rule says it costs in a guest. */
  readonly expectation: string;
  /** Where to look first if the VM is faster. */
  readonly ifFaster: string;
}

const AS_NATIVE = 'about as natively';
const AN_EXIT = 'an exit each';
const OTHER_KERNEL = "mitigations, version and configuration of the host's kernel against the guest's";
const SLEEPING_CPU = 'how deeply idle CPUs of the host sleep (cpuidle), which halt polling spares the guest';

/** In the order of the general rule: from what should cost nothing to what costs exits. */
export const MECHANISMS: readonly Mechanism[] = [
  {
    id: 'computation',
    name: 'plain computation',
    expectation: AS_NATIVE,
    ifFaster: 'the clock rate, other work and compiler flags of the native run',
  },
  {
    id: 'memory',
    name: 'memory',
    expectation: `${AS_NATIVE}, but for misses of the TLB`,
    ifFaster: 'the page size (huge pages may back the guest only) and the NUMA node of the native run',
  },
  {
    id: 'clock-read',
    name: 'clock read',
    expectation: `${AS_NATIVE} with a paravirtual or TSC clock, else ${AN_EXIT}`,
    ifFaster: 'the clock source of the host',
  },
  { id: 'system-call', name: 'system call', expectation: AS_NATIVE, ifFaster: OTHER_KERNEL },
  { id: 'context-switch', name: 'context switch', expectation: AS_NATIVE, ifFaster: OTHER_KERNEL },
  {
    id: 'page-fault',
    name: 'page fault',
    expectation: `${AS_NATIVE} once the host has backed the page`,
    ifFaster: OTHER_KERNEL,
  },
  {
    id: 'process-creation',
    name: 'process creation',
    expectation: `${AS_NATIVE}, but for page tables in two dimensions`,
    ifFaster: OTHER_KERNEL,
  },
  {
    id: 'ipi-wakeup',
    name: 'IPI and wake-up',
    expectation: 'exits for the IPI and for waking a halted vCPU',
    ifFaster: SLEEPING_CPU,
  },
  {
    id: 'timer',
    name: 'timer',
    expectation: 'exits for setting it and for its interrupt',
    ifFaster: SLEEPING_CPU,
  },
  {
    id: 'disk',
    name: 'disk',
    expectation: 'a doorbell and an interrupt per batch of requests',
    ifFaster: "whether the host's page cache answers for the guest's disk (QEMU: cache=none)",
  },
  {
    id: 'network',
    name: 'network',
    expectation: 'a doorbell and an interrupt per batch of packets',
    ifFaster: 'whether the packets of both sides take the same way and have the same size (offloads)',
  },
  {
    id: 'privileged-register',
    name: 'privileged register',
    expectation: AN_EXIT,
    ifFaster: 'whether both sides access the same register',
  },
  {
    id: 'device-register',
    name: 'device register',
    expectation: `${AN_EXIT}, to the VMM if it emulates the device`,
    ifFaster: 'whether the guest has the same device: a real one is slow to access, too',
  },
];

/** Longer names are not looked at: patterns with many stars take their time. */
const LONGEST_NAME = 200;

/**
 * The mechanism of a series by the first rule that fits its benchmark's name, else what its program calls it; null where
 * none does.
 */
export function mechanismOf(
  { benchmark, nameOfProgram = '' }: Pick<Series, 'benchmark' | 'nameOfProgram'>,
  rules: readonly MechanismRule[],
): string | null {
  const ofName = (text: string): string | undefined => {
    const name = text.slice(0, LONGEST_NAME).toLowerCase();
    return rules.find((rule) => matches(rule.benchmark.toLowerCase(), name))?.mechanism;
  };
  return ofName(benchmark) ?? (nameOfProgram === '' ? null : (ofName(nameOfProgram) ?? null));
}

/** `*` is any text. Looks for the parts between stars from left to right, so no pattern can take long. */
function matches(pattern: string, text: string): boolean {
  const [head, ...parts] = pattern.split('*');
  if (parts.length === 0) return text === pattern;
  if (!text.startsWith(head)) return false;
  const tail = parts.pop() ?? '';
  let at = head.length;
  for (const part of parts) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - tail.length >= at && text.endsWith(tail);
}

const MOST_RULES = 10_000;

/**
 * Reads rules from JSON: a list of `{"benchmark": "name*", "mechanism": "timer"}`. A mechanism that is not one of
 * MECHANISMS is one of the user's own, with this name.
 *
 * Issues (failures): `not-json`, `bad-mechanisms`.
 */
export function readMechanismRules(text: string, source: string): Result<MechanismRule[]> {
  const json = parseJson(text, source);
  if (!json.ok) return json;
  const list = json.value;
  if (!Array.isArray(list) || list.length > MOST_RULES) return failure(badRules(source, 'is not a list of rules'));
  const rules: MechanismRule[] = [];
  for (const [index, item] of list.entries()) {
    const [benchmark, mechanism] = [textAt(item, 'benchmark'), textAt(item, 'mechanism')?.trim()];
    if (benchmark === undefined || mechanism === undefined || benchmark === '' || mechanism === '') {
      return failure(badRules(source, `has no "benchmark" or no "mechanism" in entry ${index + 1}`));
    }
    rules.push({ benchmark, mechanism });
  }
  return success(rules);
}

const badRules = (source: string, what: string): Issue => ({
  code: 'bad-mechanisms',
  severity: 'error',
  message: `${source} ${what}`,
  source,
  hint: `[{"benchmark": "name*", "mechanism": "timer"}, …]; known are ${MECHANISMS.map(({ id }) => id).join(', ')}.`,
});
