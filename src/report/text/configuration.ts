/** What was understood of a machine's configuration, for a terminal. */

import { counted, formatCount } from '../../base/quantities.js';
import {
  type ConfiguredOption,
  type CpuBudget,
  type CpuModel,
  type CpuTopology,
  type DeviceBackend,
  type DeviceConfiguration,
  type DeviceInterrupt,
  type DeviceWindow,
  type InterruptController,
  type MachineConfiguration,
  type MemoryBacking,
  type MemoryRange,
  type Place,
  placeText,
  type Scheduling,
  type Timer,
  type Variable,
  type VcpuConfiguration,
  type VmmThread,
} from '../../platform/configurations/machine-configuration.js';
import { printable, printableMessage } from '../untrusted.js';
import type { Style } from './style.js';
import { type Column, tableLines } from './table.js';
import { wrapped } from './wrap.js';

const NONE = '–';

export function configurationText(configuration: MachineConfiguration, formatName: string, style: Style): string {
  const { source, name, vcpus, memory, devices, variables, options } = configuration;
  const place = placeOf(source);
  const title = name === null ? 'a machine without a name' : printable(name);
  return [
    [style.bold(`${printable(source)}: ${title}`), `  ${formatName}: ${summary(configuration)}`],
    platformLines(configuration, style, place),
    section('vCPUs', vcpus, vcpuColumns(place), style),
    section('Threads of the VMM', configuration.threads, threadColumns(place), style),
    section('CPU time', configuration.budgets, budgetColumns(place), style),
    section('Timers', configuration.clock.timers, timerColumns(place), style),
    section('Memory', memory, memoryColumns(configuration, place), style),
    deviceLines(devices, place, style),
    section('Variables', variables, variableColumns(place), style),
    section('Other options', options, optionColumns(place), style),
    issueLines(configuration, style),
  ]
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.map((line) => wrapped(line, style.width)).join('\n')}\n`)
    .join('\n');
}

function summary({ vcpus, memory, devices }: MachineConfiguration): string {
  const ranges = memory.filter(({ kind }) => kind === 'ram');
  const ram =
    ranges.length === 0
      ? 'no RAM stated'
      : `${size(ranges.reduce((sum, range) => sum + (range.length ?? 0), 0))} of RAM`;
  const kinds = ['emulated', 'paravirtual', 'passed-through', 'unknown'] as const;
  const numbers = kinds
    .map((kind) => [devices.filter((device) => device.kind === kind).length, kind] as const)
    .filter(([count]) => count > 0)
    .map(([count, kind]) => `${count} ${kind === 'unknown' ? 'of unknown kind' : kind}`);
  const ofKinds = numbers.length === 0 ? '' : ` (${numbers.join(', ')})`;
  return `${counted(vcpus.length, 'vCPU')}, ${ram}, ${counted(devices.length, 'device')}${ofKinds}`;
}

function section<Row>(title: string, rows: readonly Row[], columns: readonly Column<Row>[], style: Style): string[] {
  if (rows.length === 0) return [];
  const shown = columns.filter((column) => column.title !== ON_HOST || rows.some((row) => column.cell(row) !== NONE));
  return [style.bold(title), ...tableLines(rows, shown, style)];
}

/** A column that is shown only where something stands in it. */
const ON_HOST = 'on the host';

/** One line a fact, as "Interrupt controllers: split"; of facts that nothing is known of there is none. */
function platformLines(configuration: MachineConfiguration, style: Style, place: PlaceText): string[] {
  const { architecture, board, accelerator, cpu, topology, interruptController, clock, memoryBacking } = configuration;
  const facts: (readonly [string, string | undefined])[] = [
    ['architecture', architecture ?? undefined],
    ['machine type', board ?? undefined],
    ['run by', accelerator ?? undefined],
    ['CPU', cpu === null ? undefined : cpuText(cpu)],
    ['topology', topology === null ? undefined : topologyText(topology)],
    ['interrupt controllers', interruptController === null ? undefined : controllerText(interruptController, place)],
    ['clock', clock.base ?? undefined],
    ['memory', memoryBacking === null ? undefined : backingText(memoryBacking)],
  ];
  const known = facts.filter(([, text]) => text !== undefined);
  if (known.length === 0) return [];
  return [style.bold('Platform'), ...known.map(([name, text]) => `  ${name}: ${printable(text!)}`)];
}

function cpuText({ model, features }: CpuModel): string {
  const words = features.map(({ name, enabled, value }) =>
    value === null ? `${enabled ? '+' : '-'}${name}` : `${name}=${value}`,
  );
  return [model, ...words].join(' ');
}

function topologyText(topology: CpuTopology): string {
  const levels = (['socket', 'die', 'cluster', 'core', 'thread'] as const).flatMap((level) => {
    const count = topology[`${level}s`];
    return count === null ? [] : [counted(count, level)];
  });
  return [...levels, ...(topology.maxVcpus === null ? [] : [`at most ${topology.maxVcpus} vCPUs`])].join(', ');
}

const CONTROLLERS = {
  kernel: 'in the kernel',
  split: 'split: local APICs in the kernel, the others in the VMM',
  vmm: 'in the VMM',
};

const controllerText = (controller: InterruptController, place: PlaceText): string =>
  `${CONTROLLERS[controller.in]} (${controller.byDefault ?? `line ${place(controller.place)}`})`;

function backingText({ hugePages, pageSize, path, shared, preallocated, locked }: MemoryBacking): string {
  const facts = [
    hugePages === true
      ? `huge pages${pageSize === null ? '' : ` of ${size(pageSize)}`}`
      : hugePages === false
        ? 'no huge pages'
        : '',
    path === null ? '' : `in ${path}`,
    shared === true ? 'shared' : '',
    preallocated === true ? 'taken at the start' : '',
    locked === true ? 'locked' : '',
  ].filter((fact) => fact !== '');
  return facts.length === 0 ? 'as the host likes' : facts.join(', ');
}

/** The line, with the file where it is an included one. */
const placeOf =
  (source: string) =>
  (place: Place | null): string => {
    if (place === null) return NONE;
    return place.source === source ? String(place.line) : printable(placeText(place));
  };

/** "0–3, 8": numbers that follow one another are a range. */
function rangesText(values: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const value of values) {
    const last = ranges.at(-1);
    if (last !== undefined && value === last[1] + 1) last[1] = value;
    else ranges.push([value, value]);
  }
  return ranges
    .map(([from, to]) => (to - from > 1 ? `${from}–${to}` : from === to ? from : `${from}, ${to}`))
    .join(', ');
}

type PlaceText = (place: Place | null) => string;
const lineColumn = <Row extends { readonly place: Place | null }>(placeText: PlaceText): Column<Row> => ({
  title: 'line',
  align: 'left',
  cell: (row) => placeText(row.place),
});

const left = <Row>(title: string, cell: (row: Row) => string): Column<Row> => ({ title, align: 'left', cell });

const vcpuColumns = (place: PlaceText): Column<VcpuConfiguration>[] => [
  { title: 'vCPU', align: 'right', cell: ({ id }) => String(id) },
  left('scheduling', ({ scheduling }) => schedulingText(scheduling)),
  left('runs on', runsOn),
  left('partition', ({ partition }) => (partition === null ? NONE : printable(partition))),
  lineColumn(place),
];

function schedulingText(scheduling: Scheduling | null): string {
  if (scheduling === null) return 'not stated';
  const { policy, priority, sporadic } = scheduling;
  if (sporadic === null) return `${policy}, priority ${priority}`;
  const { lowPriority, budgetNs, periodNs, maxReplenishments } = sporadic;
  const budget = `${formatCount(budgetNs)} ns in ${formatCount(periodNs)} ns`;
  return `${policy}, priority ${priority}, then ${lowPriority} (${budget}, at most ${counted(maxReplenishments, 'replenishment')})`;
}

function runsOn({ runmask, cluster }: Pick<VcpuConfiguration, 'runmask' | 'cluster'>): string {
  const pcpus = runmask === null ? [] : [`pCPU ${rangesText(runmask)}`];
  const clusters = cluster === null ? [] : [`cluster ${printable(cluster)}`];
  const both = [...pcpus, ...clusters];
  return both.length === 0 ? 'any pCPU' : both.join(', ');
}

const threadColumns = (place: PlaceText): Column<VmmThread>[] => [
  left('thread', ({ role }) => role),
  left('id', ({ id }) => (id === null ? NONE : printable(id))),
  left('scheduling', ({ scheduling }) => schedulingText(scheduling)),
  left('runs on', ({ runmask }) => runsOn({ runmask, cluster: null })),
  lineColumn(place),
];

const budgetColumns = (place: PlaceText): Column<CpuBudget>[] => [
  left('of', (budget) => budget.of),
  { title: 'weight', align: 'right', cell: ({ weight }) => (weight === null ? NONE : formatCount(weight)) },
  { title: 'at most', align: 'right', cell: ({ limitPcpus }) => (limitPcpus === null ? NONE : `${limitPcpus} pCPUs`) },
  lineColumn(place),
];

const timerColumns = (place: PlaceText): Column<Timer>[] => [
  left('timer', ({ name }) => printable(name)),
  left('present', ({ present }) => yesNo(present)),
  left('late ticks', ({ tickPolicy }) => (tickPolicy === null ? NONE : printable(tickPolicy))),
  lineColumn(place),
];

const yesNo = (value: boolean | null): string => (value === null ? NONE : value ? 'yes' : 'no');

/** qvm puts a range without a start right after the one before; other VMMs choose by themselves. */
const memoryColumns = ({ format }: MachineConfiguration, place: PlaceText): Column<MemoryRange>[] => [
  left('kind', ({ kind }) => kind),
  {
    title: 'start',
    align: 'right',
    cell: ({ start }) => (start !== null ? hex(start) : format === 'qvmconf' ? 'next' : NONE),
  },
  { title: 'length', align: 'right', cell: ({ length }) => (length === null ? NONE : size(length)) },
  left(ON_HOST, ({ backing }) => (backing === null ? NONE : printable(backing))),
  lineColumn(place),
];

/** Devices that are not stated have letters for the reasons why they are there, which stand below the table. */
function deviceLines(devices: readonly DeviceConfiguration[], place: PlaceText, style: Style): string[] {
  const reasons = [...new Set(devices.flatMap(({ byDefault }) => byDefault ?? []))];
  const markOf = (reason: string) =>
    `(${String.fromCharCode(LETTER_A + Math.min(reasons.indexOf(reason), LETTERS - 1))})`;
  return [
    ...section('Devices', devices, deviceColumns(place, markOf), style),
    ...reasons.slice(0, LETTERS).map((reason) => style.dim(`  ${markOf(reason)} not stated: ${printable(reason)}`)),
  ];
}

const LETTER_A = 97;
const LETTERS = 26;

const deviceColumns = (place: PlaceText, markOf: (reason: string) => string): Column<DeviceConfiguration>[] => [
  left('kind', ({ kind }) => kind),
  { ...left('type', ({ type }) => printable(type)), isKey: true },
  left('what', ({ description }) => description ?? NONE),
  left('name', ({ name }) => (name === null ? NONE : printable(name))),
  left('addresses', ({ windows, pci }) => listed([...windows.map(windowText), ...pci.map(printable)])),
  left('interrupts', ({ interrupts }) => listed(interrupts.map(interruptText))),
  left(ON_HOST, ({ backend }) => (backend === null ? NONE : backendText(backend))),
  {
    title: 'line',
    align: 'left',
    isKey: true,
    cell: ({ byDefault, place: at }) => (byDefault === null ? place(at) : markOf(byDefault)),
  },
];

function backendText({ type, inKernel, iothread, queues }: DeviceBackend): string {
  const kernel = inKernel === true ? ['in the kernel'] : [];
  const thread = iothread === null ? [] : [`thread ${printable(iothread)}`];
  const count = queues === null ? [] : [counted(queues, 'queue')];
  return [printable(type), ...kernel, ...thread, ...count].join(', ');
}

const listed = (texts: readonly string[]): string => (texts.length === 0 ? NONE : texts.join('; '));

function windowText({ space, start, length, host, access }: DeviceWindow): string {
  const range = rangeText(start, length);
  const onHost = host === null ? '' : ` = host ${hex(host)}`;
  return `${space === 'port' ? 'port ' : ''}${range}${onHost}${access === null ? '' : ` (${access})`}`;
}

function rangeText(start: number, length: number | null): string {
  if (length === null) return `${hex(start)}, length unknown`;
  return length <= 1 ? hex(start) : `${hex(start)}–${hex(start + length - 1)}`;
}

function interruptText({ controller, line, host, flags }: DeviceInterrupt): string {
  const guest = printable(line === null ? controller : `${controller}:${line}`);
  return [guest, ...flags].join(',') + (host === null ? '' : ` = host ${host}`);
}

const variableColumns = (place: PlaceText): Column<Variable>[] => [
  left('variable', ({ name }) => printable(name)),
  left('value', ({ value }) => printable(value)),
  left('after', ({ within }) => (within === null ? NONE : printable(within))),
  lineColumn(place),
];

const optionColumns = (place: PlaceText): Column<ConfiguredOption>[] => [
  left('option', ({ name, known }) => `${printable(name)}${known ? '' : ' (unknown)'}`),
  left('values', ({ values }) => printable(values.join(' '))),
  lineColumn(place),
];

function issueLines({ issues }: MachineConfiguration, style: Style): string[] {
  if (issues.length === 0) return [];
  const lines = issues.flatMap(({ severity, message, hint }) => [
    `  ${severity === 'note' ? severity : style.warn(severity)}: ${printableMessage(message)}`,
    ...(hint === undefined ? [] : [style.dim(`    ${printableMessage(hint)}`)]),
  ]);
  return [style.bold('What was not understood, or looks wrong'), ...lines];
}

const hex = (value: number): string => `0x${value.toString(16)}`;

const SIZES = [
  [2 ** 30, 'GiB'],
  [2 ** 20, 'MiB'],
  [2 ** 10, 'KiB'],
] as const;

/** Exact: the largest unit of which there is a whole number. */
function size(bytes: number): string {
  const unit = SIZES.find(([scale]) => bytes > 0 && bytes % scale === 0);
  return unit === undefined ? `${formatCount(bytes)} bytes` : `${formatCount(bytes / unit[0])} ${unit[1]}`;
}
