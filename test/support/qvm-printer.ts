/**
 * Writes qvm configurations in all the ways that qvm reads alike: options on one line or on many, comments anywhere, quotes
 * where needed, numbers in any notation. `layout` decides; it is asked for one number per choice.
 */

export interface PlainWindow {
  readonly space: 'mmio' | 'port';
  readonly start: number;
}

export interface PlainVdev {
  readonly type: string;
  readonly name: string | null;
  readonly window: PlainWindow | null;
  readonly interrupts: readonly (readonly [controller: string, line: number])[];
}

export interface PlainPass {
  readonly start: number;
  readonly length: number;
  readonly host: number | null;
  readonly interrupt: readonly [line: number, host: number, isUnmasked: boolean] | null;
}

export interface PlainVcpu {
  readonly scheduling: { readonly policy: 'round-robin' | 'fifo' | 'other'; readonly priority: number } | null;
  readonly runmask: readonly number[] | null;
  readonly cluster: string | null;
  readonly partition: string | null;
}

export interface PlainMachine {
  readonly name: string;
  readonly vcpus: readonly PlainVcpu[];
  readonly memory: readonly (readonly [kind: 'ram' | 'rom' | 'reserved', start: number | null, length: number])[];
  readonly vdevs: readonly PlainVdev[];
  readonly passed: readonly PlainPass[];
  readonly variables: readonly (readonly [name: string, value: string])[];
  readonly commandLine: string | null;
}

/** A whole number from 0 to below the given one. */
export type Layout = (choices: number) => number;

export function printedQvm(machine: PlainMachine, layout: Layout): string {
  const words = (option: string, ...values: string[]) => [option, ...values];
  const optional = (value: string | null, option: string) => (value === null ? [] : [words(option, value)]);
  const number = (value: number) => numberText(value, layout);
  const statements: string[][][] = [
    [words('system', quotedText(machine.name, layout))],
    ...machine.memory.map(([kind, start, length]) => [
      words(kind === 'reserved' ? 'reserve' : kind, `${start === null ? '' : `${number(start)},`}${number(length)}`),
    ]),
    ...machine.variables.map(([name, value]) => [words('set', name, quotedText(value, layout))]),
    ...(machine.commandLine === null ? [] : [[words('cmdline', quotedText(machine.commandLine, layout))]]),
    ...machine.vcpus.map((vcpu) => [
      words('cpu'),
      ...optional(schedulingText(vcpu), 'sched'),
      ...optional(vcpu.runmask?.join(',') ?? null, 'runmask'),
      ...optional(vcpu.cluster, 'cluster'),
      ...optional(vcpu.partition, 'partition'),
    ]),
    ...machine.vdevs.map(({ type, name, window, interrupts }) => [
      words('vdev', type),
      ...optional(name === null ? null : quotedText(name, layout), 'name'),
      ...optional(window && `${window.space === 'mmio' ? 'mem' : 'io'}:${number(window.start)}`, 'loc'),
      ...interrupts.map(([controller, line]) => words('intr', `${controller}:${line}`)),
    ]),
    ...machine.passed.map(({ start, length, host, interrupt }) => [
      words('pass'),
      words('loc', `mem:${number(start)},${number(length)},rwn${host === null ? '' : `,=${number(host)}`}`),
      ...(interrupt === null ? [] : [words('intr', `gic:${interrupt[0]}${interrupt[2] ? ',u' : ''}=${interrupt[1]}`)]),
    ]),
  ];
  return statements.flatMap((statement) => statement.flatMap((option) => laidOut(option, layout))).join('');
}

const LETTERS = { 'round-robin': ['', 'r'], fifo: ['f', 'f'], other: ['o', 'o'] } as const;
const schedulingText = ({ scheduling }: PlainVcpu): string | null =>
  scheduling && `${scheduling.priority}${LETTERS[scheduling.policy][scheduling.priority % 2]}`;

const SEPARATORS = [' ', '\n', '\t', '\r\n', ' # a comment: vdev pl011 "\n', ' \\\n  ', '\n\n    ', '\n#\n'];
const laidOut = (words: readonly string[], layout: Layout): string[] =>
  words.map((word) => `${word}${SEPARATORS[layout(SEPARATORS.length)]}`);

function numberText(value: number, layout: Layout): string {
  const scaled = ['k', 'K', 'm', 'M', 'g', 'G'].flatMap((suffix, index) => {
    const scale = 2 ** (10 * (Math.floor(index / 2) + 1));
    return value > 0 && value % scale === 0
      ? [`${value / scale}${suffix}`, `0x${(value / scale).toString(16)}${suffix}`]
      : [];
  });
  const texts = [
    String(value),
    `0d${value}`,
    `0x${value.toString(16)}`,
    `0x${value.toString(16).toUpperCase()}`,
    ...scaled,
  ];
  return texts[layout(texts.length)];
}

/** Which no bare value on a line of its own can be. */
const OPTION =
  /^(?:system|cpu|ram|rom|reserve|load|cmdline|pass|vdev|set|unsupported|logger|safety|user|dryrun|smmu|debug|dump)$/;

export const isOption = (text: string): boolean => OPTION.test(text);

/** Bare where that is possible, or between double quotes. */
function quotedText(text: string, layout: Layout): string {
  const isBare = /^[\w./:<>=-]+$/.test(text) && !isOption(text);
  return isBare && layout(2) === 0 ? text : `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
}
