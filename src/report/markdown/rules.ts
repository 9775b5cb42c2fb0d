/** The pages of docs/rules, from the same text that `vmtoll rules` prints. */
import type { Rule } from '../../findings/rule.js';
import { RULE_TOPICS } from './rule-topics.js';

export function rulePage({ id, title, explanation, firesWhen, knobs, sources }: Rule): string {
  const sections = [
    `# ${id}`,
    `${capital(title)}.`,
    ...explanation,
    `**Fires when:** ${firesWhen}`,
    ...(knobs.length === 0 ? [] : ['## What it may advise', ...knobs.map((knob) => knobSection(knob))]),
    ...(sources.length === 0 ? [] : ['## Sources', sources.map((source) => `- ${source}`).join('\n')]),
  ];
  return `${sections.join('\n\n')}\n`;
}

const knobSection = ({ tool, text, does }: Rule['knobs'][number]): string =>
  `${tool}: ${does}.\n\n\`\`\`${LANGUAGES[tool] ?? 'text'}\n${text}\n\`\`\``;

const LANGUAGES: Readonly<Record<string, string>> = {
  'shell on the host': 'sh',
  'shell in the guest': 'sh',
  'libvirt XML': 'xml',
};

/** @param fired for every recording the ids of the rules that fire there, the first finding first */
export function rulesIndex(rules: readonly Rule[], fired: ReadonlyMap<string, readonly string[]>): string {
  return `${[
    '# Rules',
    'What vmtoll looks for, with what it takes to fire and what it may advise. `vmtoll rules` prints the same, `--ignore NAME`\nleaves a rule out, `--least-gain PERCENT` sets from which likely gain on findings are told; findings that promise\nnone, such as outliers, are left out by it where they could not bring that much at most.',
    '## By what you are after',
    table([
      ['question', 'rules'],
      ...RULE_TOPICS.map(({ question, rules: ids }) => [question, ids.map((id) => `[${id}](${id}.md)`).join(', ')]),
    ]),
    '## All of them, in the order in which they look',
    table([['rule', 'looks for'], ...rules.map(({ id, title }) => [`[${id}](${id}.md)`, capital(title)])]),
    '## On the bundled recordings',
    'The number is the place of the finding: 1 is what `vmtoll explain` says to change first. Rules that fire on none of them are\nnot shown.',
    recordingsTable(rules, fired),
    '[recordings.md](recordings.md) has the same of recordings that are too large for the package.',
  ].join('\n\n')}\n`;
}

/** The page about recordings that are not in the package. */
export const recordingsPage = (rules: readonly Rule[], fired: ReadonlyMap<string, readonly string[]>): string =>
  `${[
    '# What the rules find in recordings, also such as are not in the package',
    'Their names say what was made to happen. The number is the place of the finding: 1 is what `vmtoll explain` says to change\nfirst. Rules that fire on none of them are not shown.',
    recordingsTable(rules, fired),
  ].join('\n\n')}\n`;

/** A row a recording; rules that fire on none of them are not shown. */
function recordingsTable(rules: readonly Rule[], fired: ReadonlyMap<string, readonly string[]>): string {
  const columns = rules.map(({ id }) => id).filter((id) => [...fired.values()].some((ids) => ids.includes(id)));
  const rows = [...fired].map(([recording, ids]) => [recording, ...columns.map((id) => mark(ids, id))]);
  return table([['recording', ...columns], ...rows]);
}

const mark = (ids: readonly string[], id: string): string => (ids.includes(id) ? String(ids.indexOf(id) + 1) : '');

const table = ([head, ...rows]: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** Not of a word that is written with a small letter always. */
const capital = (text: string): string => (/^[vp]CPU/.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1));
