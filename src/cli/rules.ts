/** vmtoll rules */
import type { Command } from 'commander';
import type { Issue } from '../base/issue.js';
import { RULES } from '../findings/registry.js';
import type { Rule } from '../findings/rule.js';
import { ruleListText, ruleText } from '../report/text/rules.js';
import { ExitCode } from './exit-code.js';
import { jsonText, print, printIssue } from './output.js';

/** Letters of a word that is looked for. */
const SHORTEST_WORD = 3;
/** Rules that are named instead of one that there is not. */
const MOST_NAMED = 5;

export function addRules(program: Command): void {
  program
    .command('rules')
    .description('list what findings are looked for; with a name, explain one')
    .argument('[name]', 'id of a rule')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExamples:\n  vmtoll rules\n  vmtoll rules vcpus-outnumber-pcpus')
    .action((name: string | undefined, { json }: { json?: boolean }) => {
      const rules = name === undefined ? RULES : RULES.filter(({ id }) => id === name);
      if (rules.length === 0) {
        printIssue(noSuchRule(name ?? ''));
        process.exitCode = ExitCode.wrongUsage;
        return;
      }
      if (json === true) print(jsonText(rules.map((rule) => plain(rule))));
      else print(name === undefined ? ruleListText(rules) : ruleText(rules[0]));
    });
}

function noSuchRule(name: string): Issue {
  const near = rulesAbout(name);
  const hint = near.length === 0 ? 'vmtoll rules lists them.' : `About that are: ${near.join(', ')}`;
  return { code: 'no-such-rule', severity: 'error', message: `There is no rule ${name}`, hint };
}

const textOf = ({ explanation, firesWhen, knobs }: Rule): string =>
  [...explanation, firesWhen, ...knobs.map(({ tool, text, does }) => `${tool} ${text} ${does}`)].join(' ');

/** Ids of rules that have all of the words in what they say of themselves; those first that have it in their id or title. */
function rulesAbout(name: string): string[] {
  const words = name
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word.length >= SHORTEST_WORD);
  const has = (text: string) => words.length > 0 && words.every((word) => text.toLowerCase().includes(word));
  const titled = RULES.filter(({ id, title }) => has(`${id} ${title}`));
  const explained = RULES.filter((rule) => !titled.includes(rule) && has(textOf(rule)));
  return [...titled, ...explained].slice(0, MOST_NAMED).map(({ id }) => id);
}

const plain = ({ id, title, explanation, firesWhen, knobs, sources }: Rule): Omit<Rule, 'find'> => ({
  id,
  title,
  explanation,
  firesWhen,
  knobs,
  sources,
});
