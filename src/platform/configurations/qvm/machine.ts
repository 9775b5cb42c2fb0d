/** Statements of a qvm configuration → the machine. */
import type { ConfigurationFile } from '../configuration-format.js';
import { type MachineConfiguration, UNSTATED_PLATFORM, type Variable } from '../machine-configuration.js';
import { type Complaints, quoted } from './complaints.js';
import { passedOf, vdevOf } from './devices.js';
import { optionOf } from './inner-options.js';
import { memoryOf } from './memory.js';
import { contextName, type Statement } from './statements.js';
import { IMPLIED_VCPU, vcpuOf } from './vcpus.js';
import type { Word } from './words.js';

/** What has a place of its own in the result, beside ranges of memory that could be read. */
const STRUCTURED = ['system', 'cpu', 'pass', 'vdev', 'set'];

export function machineOf(
  { source }: ConfigurationFile,
  format: string,
  statements: readonly Statement[],
  complaints: Complaints,
): MachineConfiguration {
  const called = (name: string) => statements.filter((statement) => statement.known && statement.name.text === name);
  const vcpus = called('cpu').map((statement, id) => vcpuOf(statement, id, complaints));
  const memory = new Map(statements.map((statement) => [statement, memoryOf(statement, complaints)]));
  for (const statement of statements) checkWords(statement, complaints);
  return {
    format,
    source,
    scope: 'machine',
    ...UNSTATED_PLATFORM,
    name: nameOf(statements, complaints),
    vcpus: vcpus.length === 0 ? [IMPLIED_VCPU] : vcpus,
    memory: statements.flatMap((statement) => memory.get(statement) ?? []),
    devices: statements.flatMap((statement) => {
      if (!statement.known) return [];
      if (statement.name.text === 'vdev') return [vdevOf(statement, complaints)];
      return statement.name.text === 'pass' ? [passedOf(statement, complaints)] : [];
    }),
    variables: called('set').flatMap((statement) => variableOf(statement, complaints)),
    options: statements
      .filter(({ name, known }) => !known || !STRUCTURED.includes(name.text))
      .filter((statement) => memory.get(statement)?.length === 0)
      .flatMap((statement) => [statement, ...statement.inner])
      .map(optionOf),
    issues: complaints.list(),
  };
}

function nameOf(statements: readonly Statement[], complaints: Complaints): string | null {
  const named = statements.filter(({ name }) => name.text === 'system');
  const last = named.at(-1);
  if (last === undefined) return null;
  const { place } = last.name;
  if (named.length > 1) {
    complaints.add('repeated-option', place, `system is given ${named.length} times: the last one counts`, {
      severity: 'warning',
    });
  } else if (statements[0] !== last) {
    complaints.add('system-not-first', place, 'qvm wants system to be the first option', { severity: 'warning' });
  }
  return last.values[0]?.text ?? null;
}

function variableOf({ values: [name, value], within, name: { place } }: Statement, complaints: Complaints): Variable[] {
  if (name === undefined || value === undefined) return [];
  if (!KNOWN_VARIABLES.includes(name.text)) {
    complaints.add('unknown-variable', name.place, `vmtoll does not know the variable ${quoted(name.text)}`, {
      severity: 'note',
      hint: '"qvm set ?" on the host lists those that it has.',
    });
  }
  return [{ name: name.text, value: value.text, within: contextName(within), place }];
}

/** Source: QNX Hypervisor 8.0 user's guide, "Variables"; those of traces by qvm's own use text. */
const KNOWN_VARIABLES: readonly string[] = [
  'counter-offset',
  'debug',
  'exit-on-halt',
  'fdt-dump-file',
  'gic-hwassist',
  'grow-heap',
  'host-paddr-gicd',
  'host-paddr-gich',
  'legacy-free',
  'message-block-timeout',
  'posted-interrupts',
  'slog-buffer',
  'trace-spectre-workaround',
  'trace-vtimer',
  'trace-wfe',
  'vdev-message-block-timeout',
  'virtual-interrupts',
];

/** Words that options choose from; the positions are those of their values. */
const CHOICES: Readonly<Record<string, readonly (readonly string[])[]>> = {
  unsupported: [
    ['instruction', 'register', 'reference'],
    ['fail', 'ignore', 'abort'],
  ],
  safety: [['none', 'warn', 'required']],
};

function checkWords({ name, values, known }: Statement, complaints: Complaints): void {
  if (!known || !Object.hasOwn(CHOICES, name.text)) return;
  CHOICES[name.text].forEach((choices, position) => {
    const word: Word | undefined = values[position];
    if (word === undefined || choices.includes(word.text)) return;
    complaints.add('bad-value', word.place, `${name.text} knows no ${quoted(word.text)}`, {
      hint: `It is one of ${choices.join(', ')}.`,
    });
  });
}
