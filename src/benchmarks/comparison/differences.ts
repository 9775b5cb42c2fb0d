/** What differs between the systems of the two sides, beside the virtualization that is to be measured. */
import type { Issue } from '../../base/issue.js';
import { firstFact, isSameFact, type StatedFacts } from '../facts.js';
import { FACTS_FORMAT } from '../facts-file.js';
import { FACT_NAMES, type FactName, PROGRAM_FACTS } from '../model.js';
import type { Difference, Pair, Verdict } from './comparison.js';

/** What a difference can do to a comparison. */
const WHY: Readonly<Record<FactName, string>> = {
  cpus: 'parallel benchmarks and background work get more CPUs on one side',
  memoryBytes: 'caches of the file system and pressure on memory differ',
  cpuModel: 'another CPU, or another one shown to the guest, which then uses other instructions',
  cpuMhz: 'another clock rate, unless the guest is only told that of its time stamp counter',
  architecture: 'another instruction set',
  kernel: 'other versions of the kernel have other costs for system calls, faults and scheduling',
  operatingSystem: 'other libraries and settings',
  virtualization: 'the other side is virtualized in another way',
  clocksource: 'reading the time can cost an exit or a device access on one side',
  governor: 'the clock rate of the CPU follows other rules',
  mitigations: 'mitigations of CPU vulnerabilities make system calls, faults and exits dearer',
  filesystem: 'another file system, other costs of input and output',
  compiler: 'the benchmark was built by another compiler',
  build: 'the benchmark was built in another way',
  tool: 'other versions of a benchmark need not do the same work',
};

type Fact = string | number;

/** Facts about programs are compared where one program's results are on both sides. */
export function differencesOf(native: StatedFacts, vm: StatedFacts): Difference[] {
  const areModelsKnown = bothStated('cpuModel', native, vm).length > 0;
  // The model says it better: a rate is of one moment, or the highest; a guest is told that of its time stamp counter.
  const passedOver: FactName[] = ['virtualization', ...(areModelsKnown ? (['cpuMhz'] as const) : [])];
  return FACT_NAMES.filter((fact) => !passedOver.includes(fact)).flatMap((fact) =>
    bothStated(fact, native, vm)
      .filter(([ofNative, ofVm]) => !isSameFact(fact, ofNative, ofVm))
      .map(([ofNative, ofVm]) => ({ fact, ...unlike(fact, ofNative, ofVm), why: WHY[fact] })),
  );
}

/**
 * What both sides say: of a program's fact each program, of the others what was given on purpose, else the first format that
 * states it on both.
 */
function bothStated(fact: FactName, native: StatedFacts, vm: StatedFacts): (readonly [native: Fact, vm: Fact])[] {
  const ofFormats = [...native].flatMap(([format, facts]) => {
    const [ofNative, ofVm] = [facts[fact], vm.get(format)?.[fact]];
    return ofNative === undefined || ofVm === undefined ? [] : [[ofNative, ofVm] as const];
  });
  if (PROGRAM_FACTS.includes(fact)) return ofFormats;
  const isGiven = [native, vm].some((side) => side.get(FACTS_FORMAT)?.[fact] !== undefined);
  if (ofFormats.length > 0 && !isGiven) return ofFormats.slice(0, 1);
  const [ofNative, ofVm] = [firstFact(native, fact), firstFact(vm, fact)];
  return ofNative === undefined || ofVm === undefined ? [] : [[ofNative, ofVm]];
}

/** Of mitigations, which are many, only the vulnerabilities that are treated differently. */
function unlike(fact: FactName, native: Fact, vm: Fact): { readonly native: Fact; readonly vm: Fact } {
  if (fact !== 'mitigations') return { native, vm };
  const [ofNative, ofVm] = [mitigations(String(native)), mitigations(String(vm))];
  const names = [...new Set([...ofNative.keys(), ...ofVm.keys()])].filter(
    (name) => name !== '' && ofNative.get(name) !== ofVm.get(name),
  );
  if (names.length === 0) return { native, vm };
  const text = (of: ReadonlyMap<string, string>) =>
    names.map((name) => `${name}: ${of.get(name) ?? 'not stated'}`).join('; ');
  return { native: text(ofNative), vm: text(ofVm) };
}

/** `name: treatment; …`, with ` + ` in Phoronix results; a treatment may hold semicolons and colons. */
function mitigations(text: string): Map<string, string> {
  const entries = text.split(/(?:^|; | \+ )(?=[a-z0-9_]+: )/).filter((entry) => entry !== '');
  return new Map(
    entries.map((entry) => {
      const [, name = '', treatment = entry] = /^([a-z0-9_]+): (.*)$/s.exec(entry) ?? [];
      return [name, treatment];
    }),
  );
}

const NO_VIRTUALIZATION = ['none', 'native', 'bare metal'];

/** Whether the sides are what they are taken for. */
export function sideIssues(native: StatedFacts, vm: StatedFacts): Issue[] {
  const issues: Issue[] = [];
  const [ofNative, ofVm] = [firstFact(native, 'virtualization'), firstFact(vm, 'virtualization')];
  if (ofNative !== undefined && !isBare(ofNative)) {
    issues.push({
      code: 'native-is-virtual',
      severity: 'warning',
      message: `The native side ran under virtualization itself (${ofNative}): slowdowns are against that, not against bare metal`,
    });
  }
  if (ofVm !== undefined && isBare(ofVm)) {
    issues.push({
      code: 'vm-is-native',
      severity: 'warning',
      message: `The side of the VM says that it is not virtualized (${ofVm})`,
      hint: 'Are the two sides the right way round?',
    });
  }
  return issues;
}

/** If the sides are exchanged, most of what differs is faster in the VM. */
export function exchangedSides(pairs: readonly Pair[]): Issue[] {
  const count = (wanted: Verdict) => pairs.filter(({ verdict }) => verdict === wanted).length;
  const [slower, faster] = [count('slower'), count('faster')];
  if (faster < LEAST_FASTER || faster < 2 * slower) return [];
  return [
    {
      code: 'mostly-faster',
      severity: 'warning',
      message: `${faster} metrics are faster in the VM, and ${slower} slower: virtualization makes nothing faster`,
      hint: 'Are the two sides the right way round?',
    },
  ];
}

/** Fewer may be faster for a reason. */
const LEAST_FASTER = 3;

const isBare = (virtualization: Fact): boolean => NO_VIRTUALIZATION.includes(String(virtualization).toLowerCase());
