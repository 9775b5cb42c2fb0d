/** vmtoll formats */
import type { Command } from 'commander';
import { IMPORTERS } from '../benchmarks/importers/registry.js';
import { FORMATS } from '../formats/registry.js';
import { CONFIGURATION_FORMATS } from '../platform/configurations/registry.js';
import { print } from './output.js';

export function addFormats(program: Command): void {
  program
    .command('formats')
    .description('list the recordings, benchmark results and configurations that vmtoll reads')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  vmtoll formats --json | jq -r .[].id')
    .action(({ json }: { json?: boolean }) => {
      print(
        json === true ? `${JSON.stringify([...recordings(), ...results(), ...configurations()], null, 2)}\n` : text(),
      );
    });
}

const recordings = () =>
  FORMATS.map(({ id, name, example, streams }) => ({ kind: 'recording', id, name, example, streams }));

const results = () => IMPORTERS.map(({ id, name }) => ({ kind: 'benchmark', id, name }));

const configurations = () =>
  CONFIGURATION_FORMATS.map(({ id, name, example }) => ({ kind: 'configuration', id, name, example }));

function text(): string {
  const ofRecordings = recordings().map(({ id, name, example, streams }) =>
    [`${id}: ${name}`, `  record: ${example}`, `  ${streams ? 'file or pipe' : 'file'}`].join('\n'),
  );
  const ofConfigurations = configurations().map(({ id, name, example }) => `${id}: ${name}\n  ${example}`);
  const ofResults = results().map(({ id, name }) => `${id}: ${name}`);
  return [
    'Recordings, for "vmtoll explain", recognised by content, whatever the file is called:',
    ofRecordings.join('\n\n'),
    'Results of benchmarks, for "vmtoll compare", likewise (docs/benchmarks.md):',
    ofResults.join('\n'),
    'Configurations of machines, for "vmtoll config" and "vmtoll explain --config", likewise (docs/configurations.md):',
    ofConfigurations.join('\n'),
  ]
    .join('\n\n')
    .concat('\n');
}
