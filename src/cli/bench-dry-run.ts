/** What a plan would do, for reading before it is done. */

import { counted } from '../base/quantities.js';
import { consoleInput } from '../benchmarks/running/console-protocol.js';
import { expand, type Plan, type PlannedSide, SIDE_NAMES } from '../benchmarks/running/plan.js';
import { argumentsOn, shellLine } from '../benchmarks/running/quoting.js';
import { type BenchResult, Ledger } from '../benchmarks/running/result.js';
import { type Slot, scheduleOf } from '../benchmarks/running/schedule.js';
import { printableMessage } from '../report/untrusted.js';

/**
 * The commands of both sides as lines to copy, then the runs that are left, block by block.
 * @param isDrawn whether the seed was drawn for this text alone, so that the next call has another order
 */
export function scheduleText(plan: Plan, result: BenchResult, out: string, isDrawn: boolean): string {
  const ledger = new Ledger(result.runs, result.sittings.length);
  const open = scheduleOf(plan, result.seed).filter((slot) => ledger.isOpen(slot));
  const commands = plan.benchmarks.flatMap(({ name, command }) => [
    name,
    ...SIDE_NAMES.map((side) => `  ${side.padEnd(6)}  ${lineOn(plan.sides[side], command)}`),
  ]);
  const blocks = new Set(open.map(({ block }) => block));
  const orders = [...blocks].map((block) => {
    const slots = open.filter((slot) => slot.block === block);
    return `${blockName(block, plan)}: ${slots.map(shown).join(', ')}`;
  });
  const head = [`${counted(open.length, 'run')} left for ${out}, seed ${result.seed}`];
  if (isDrawn) head.push(`The order is drawn anew in every call: add --seed ${result.seed} to get this one.`);
  return `${[...head, '', ...commands, '', ...orders].map(printableMessage).join('\n')}\n`;
}

const shown = ({ benchmark, side }: Slot): string => `${benchmark} (${side})`;

const blockName = (block: number, { warmup }: Plan): string =>
  block < warmup ? `warm-up ${block + 1}` : `block ${block - warmup + 1}`;

function lineOn(side: PlannedSide, command: readonly string[]): string {
  const words = command.map((word) => expand(word, side.values));
  return side.kind === 'console'
    ? consoleInput(side.template, words, '…').trimEnd()
    : shellLine(argumentsOn(side, words));
}
