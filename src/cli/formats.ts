/** vmtoll formats */
import type { Command } from 'commander';
import { FORMATS } from '../formats/registry.js';
import { print } from './output.js';

export function addFormats(program: Command): void {
  program
    .command('formats')
    .description('list the recordings that vmtoll reads, and how to make them')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  vmtoll formats --json | jq -r .[].id')
    .action(({ json }: { json?: boolean }) => {
      const list = FORMATS.map(({ id, name, example, streams }) => ({ id, name, example, streams }));
      print(json === true ? `${JSON.stringify(list, null, 2)}\n` : textOf(list));
    });
}

function textOf(list: readonly { id: string; name: string; example: string; streams: boolean }[]): string {
  const entries = list.map(({ id, name, example, streams }) =>
    [`${id}: ${name}`, `  record: ${example}`, `  ${streams ? 'file or pipe' : 'file'}`].join('\n'),
  );
  return `Recognised by content, whatever the file is called:\n\n${entries.join('\n\n')}\n`;
}
