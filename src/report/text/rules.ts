/** `vmtoll rules` on a terminal. */
import type { Rule } from '../../findings/rule.js';
import { wrapped } from './wrap.js';

const WIDTH = 100;

export function ruleListText(rules: readonly Rule[]): string {
  const width = Math.max(...rules.map(({ id }) => id.length));
  const lines = rules.map(({ id, title }) => `  ${id.padEnd(width)}  ${title}`);
  return `What vmtoll looks for (vmtoll rules NAME explains one, --ignore NAME leaves it out):\n${lines.join('\n')}\n`;
}

export function ruleText({ id, title, explanation, firesWhen, knobs, sources }: Rule): string {
  const sections = [
    `${id}: ${title}`,
    ...explanation,
    `Fires when: ${firesWhen}`,
    ...(knobs.length === 0 ? [] : [`What it may advise:\n${knobs.map((knob) => knobText(knob)).join('\n')}`]),
    ...(sources.length === 0 ? [] : [`Sources:\n${sources.map((source) => `  ${source}`).join('\n')}`]),
  ];
  return `${sections.map((section) => wrapped(section, WIDTH)).join('\n\n')}\n`;
}

const knobText = ({ tool, text, does }: Rule['knobs'][number]): string =>
  [`  ${tool}, ${does}:`, ...text.split('\n').map((line) => `    ${line}`)].join('\n');
