/** vmtoll rules */
import type { Command } from 'commander';
import { RULES } from '../findings/registry.js';
import type { Rule } from '../findings/rule.js';
import { ruleListText, ruleText } from '../report/text/rules.js';
import { ExitCode } from './exit-code.js';
import { jsonText, print, printIssue } from './output.js';

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
        const message = 'There is no such rule';
        printIssue({ code: 'no-such-rule', severity: 'error', message, hint: 'vmtoll rules lists them.' });
        process.exitCode = ExitCode.wrongUsage;
        return;
      }
      if (json === true) print(jsonText(rules.map((rule) => plain(rule))));
      else print(name === undefined ? ruleListText(rules) : ruleText(rules[0]));
    });
}

const plain = ({ id, title, explanation, firesWhen, knobs, sources }: Rule): Omit<Rule, 'find'> => ({
  id,
  title,
  explanation,
  firesWhen,
  knobs,
  sources,
});
