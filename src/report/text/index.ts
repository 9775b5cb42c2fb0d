/** An Explanation as text for a terminal: the answer first, then the tables. */

import { inTimeUnit } from '../../base/quantities.js';
import type { Explanation, GroupBy } from '../../explain/explanation.js';
import { answerLines } from './answer.js';
import { deviceLines } from './devices.js';
import { findingLines } from './findings.js';
import { functionLines } from './functions.js';
import { hostLines } from './host.js';
import { hostFactLines } from './host-facts.js';
import { ledgerLines } from './ledger-table.js';
import { pcpuMapLines } from './pcpu-map.js';
import { reconciliationLines } from './reconciliation.js';
import { sleepLines } from './sleeps.js';
import { type Style, styleFor } from './style.js';
import { culpritLines, exitLines, meaningLines, qualityLines, worstLines } from './tables.js';
import { worldSwitchLines } from './world-switches.js';
import { wrapped } from './wrap.js';

export interface TextOptions {
  readonly by?: GroupBy;
  /** Rows per table. */
  readonly top?: number;
  readonly colour?: boolean;
  /** Characters of a line: of the terminal, or 100. */
  readonly width?: number;
}

/** Rows of the list of worst episodes, which is for looking at them one by one. */
const WORST_SHOWN = 8;

export function textReport(
  explanation: Explanation,
  { by = 'reason', top = 12, colour = false, width }: TextOptions = {},
): string {
  const style = styleFor(colour, width);
  return inTimeUnit(explanation.recording.timeUnit, () => reportText(explanation, { by, top }, style));
}

function reportText(
  explanation: Explanation,
  { by, top }: Required<Pick<TextOptions, 'by' | 'top'>>,
  style: Style,
): string {
  const sections = [
    answerLines(explanation, style),
    reconciliationLines(explanation, style),
    ledgerLines(explanation, top, style),
    exitLines(explanation, by, top, style),
    by === 'reason' ? meaningLines(explanation, top, style) : [],
    deviceLines(explanation, top, style),
    worldSwitchLines(explanation, top, style),
    functionLines(explanation, top, style),
    pcpuMapLines(explanation, top, style),
    culpritLines(explanation, top, style),
    sleepLines(explanation, top, style),
    worstLines(explanation, Math.min(top, WORST_SHOWN), style),
    hostLines(explanation, style),
    hostFactLines(explanation, style),
    qualityLines(explanation, style),
  ].map((lines) => lines.map((line) => wrapped(line, style.width)));
  // Their sentences are broken already, and what is to be typed must not be.
  return `${[...sections, findingLines(explanation, top, style)]
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}
