/** vmtoll demo: the main job on the real recording that the package ships. */
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { runExplain } from './explain.js';
import { print } from './output.js';

const RECORDING = fileURLToPath(new URL('../../demo/trace.dat', import.meta.url));

const INTRODUCTION = `A real recording of a Linux/KVM host, explained: one guest whose four vCPUs want to compute, on a host with two
pCPUs. The hardware was itself emulated, so shares, order and counts are real and absolute times are not a machine's.
What ran and how it was recorded: demo/README.md

$ vmtoll explain demo/trace.dat

`;

export function addDemo(program: Command): void {
  program
    .command('demo')
    .description('explain the real recording that comes with vmtoll')
    .option('--json', 'print the whole Explanation as JSON')
    .addHelpText('after', '\nExample:\n  vmtoll demo')
    .action(async ({ json }: { json?: boolean }) => {
      if (json !== true) print(INTRODUCTION);
      process.exitCode = await runExplain([RECORDING], json === true ? { json } : {});
    });
}
