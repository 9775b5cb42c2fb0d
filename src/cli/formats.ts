/** vmtoll formats */
import type { Command } from 'commander';
import { IMPORTERS } from '../benchmarks/importers/registry.js';
import { FORMATS } from '../formats/registry.js';
import { print } from './output.js';

export function addFormats(program: Command): void {
  program
    .command('formats')
    .description('list the recordings and the benchmark results that vmtoll reads')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  vmtoll formats --json | jq -r .[].id')
    .action(({ json }: { json?: boolean }) => {
      print(json === true ? `${JSON.stringify([...recordings(), ...results()], null, 2)}\n` : text());
    });
}

const recordings = () =>
  FORMATS.map(({ id, name, example, streams }) => ({ kind: 'recording', id, name, example, streams }));

const results = () => IMPORTERS.map(({ id, name }) => ({ kind: 'benchmark', id, name }));

function text(): string {
  const ofRecordings = recordings().map(({ id, name, example, streams }) =>
    [`${id}: ${name}`, `  record: ${example}`, `  ${streams ? 'file or pipe' : 'file'}`].join('\n'),
  );
  const ofResults = results().map(({ id, name }) => `${id}: ${name}`);
  return [
    'Recordings, for "vmtoll explain", recognised by content, whatever the file is called:',
    ofRecordings.join('\n\n'),
    'Results of benchmarks, for "vmtoll compare", likewise (docs/benchmarks.md):',
    ofResults.join('\n'),
  ]
    .join('\n\n')
    .concat('\n');
}
