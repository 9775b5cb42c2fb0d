/** Debug registers, breakpoints or single-stepping in a guest cost exits. */

import { counted, formatNs } from '../../base/quantities.js';
import { referencesTo, unclaimed } from '../claims.js';
import { grouped, sumExits, WORK } from '../costs.js';
import { type Evidence, type ExitRow, exitsOf, type Machine } from '../evidence.js';
import type { Knob } from '../finding.js';
import { originText } from '../origins.js';
import { type Draft, inEachMachine, type Rule } from '../rule.js';
import { percent } from '../words.js';

/** Registers of ARM that hold breakpoints and the state of debuggers; on x86 the cause says it. */
const ARM_REGISTERS = /^(DBG[BW][VC]R|MDSCR_EL1|OSLAR_EL1|OSDLR_EL1|MDCC)/;

/** Fewer are no pattern. Own judgement. */
const LEAST_EXITS = 20;

const STEPPING = /MONITOR_TRAP_FLAG|SOFTSTP/;
const REACHED = /BREAKPT|WATCHPT|BKPT|BRK|VECTOR32|#BP|BP excp/;

const KNOBS: readonly Knob[] = [
  {
    tool: 'shell on the host',
    text: 'grep -a -z -E -A1 "^(-s|-gdb)$" /proc/PID/cmdline | tr "\\0" " "',
    does: 'shows whether the VMM waits for a debugger (QEMU: -s or -gdb)',
  },
  {
    tool: 'shell in the guest',
    text: 'ps -e -o pid,comm | grep -E "gdb|lldb|strace|perf"',
    does: 'finds debuggers and profilers in the guest (perf with mem: events sets hardware breakpoints)',
  },
  { tool: 'QEMU option', text: '-gdb none', does: 'has QEMU wait for no debugger' },
];

export const debuggingLeftOn: Rule = {
  id: 'debugging-left-on',
  title: 'debug registers, breakpoints or single-stepping are in use',
  explanation: [
    'While a hardware breakpoint or watchpoint is set, its registers are saved and loaded at each switch of programs, and each access is an exit. A breakpoint that is reached, and each single step, is one too. Forgotten after a debugging, or set by a profiler or a security product, that slows the guest down for good.',
  ],
  firesWhen: `At least ${LEAST_EXITS} exits of the cause debug (debug registers, #DB, breakpoints, single steps), or for the debug registers of ARM, that no other rule has explained.`,
  knobs: KNOBS,
  sources: [
    'Intel SDM volume 3, chapter 18 (debug registers) and 26.5.2 (monitor trap flag)',
    'Arm ARM DDI 0487, chapter D2 (self-hosted debug)',
  ],
  find: inEachMachine(findIn),
};

const isDebugging = ({ cause, detail }: ExitRow): boolean =>
  cause === 'debug' || (cause === 'register' && ARM_REGISTERS.test(detail ?? ''));

function kindOf({ reason, detail }: ExitRow): string {
  if (STEPPING.test(reason)) return 'single steps';
  if (REACHED.test(`${reason} ${detail ?? ''}`)) return 'breakpoints that were reached';
  return detail ?? reason;
}

function findIn(evidence: Evidence, machine: Machine, others: readonly Draft[]): Draft[] {
  const rows = unclaimed(exitsOf(evidence, machine), others).filter(isDebugging);
  const { workNs, count } = sumExits(rows);
  if (count < LEAST_EXITS) return [];
  const kinds = grouped(rows, kindOf)
    .slice(0, 3)
    .map(({ key, sums }) => `${counted(sums.count, 'exit')} for ${key}`);
  const isStepping = rows.some(({ reason }) => STEPPING.test(reason));
  return [
    {
      rule: 'debugging-left-on',
      title: `${machine.id}: debugging cost ${formatNs(workNs)}, ${percent(workNs, machine)} of the time in which it wanted to run, in ${counted(count, 'exit')}`,
      machine: machine.id,
      costNs: workNs,
      accounts: WORK,
      gain: {
        mostNs: workNs,
        likelyNs: workNs,
        reasoning: 'Without breakpoints and debuggers there are no such exits.',
      },
      evidence: `${kinds.join(', ')}.${originText(evidence, rows)}`,
      references: referencesTo(rows),
      remedy: isStepping
        ? 'End single-stepping: detach the debugger, or the tool that follows the guest instruction by instruction.'
        : 'Remove breakpoints and watchpoints: detach debuggers from the guest and from the VMM, and end profilers that use them.',
      knobs: KNOBS,
      risk: 'Whoever was debugging has to set them again.',
      verify: 'Record again: exits of the cause debug are gone.',
      confidence: 'high',
    },
  ];
}
