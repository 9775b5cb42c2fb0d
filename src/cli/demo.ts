/** vmtoll demo: the main job on the real recording that the package ships; on request on simulated ones. */
import { fileURLToPath } from 'node:url';
import { Argument, type Command } from 'commander';
import { runQnxDemo } from './demo-qnx.js';
import { ExitCode } from './exit-code.js';
import { runExplain } from './explain.js';
import { print, printIssue } from './output.js';

const RECORDING = fileURLToPath(new URL('../../demo/trace.dat', import.meta.url));

const INTRODUCTION = `A real recording of a Linux/KVM host, explained: one guest whose four vCPUs want to compute, on a host with two
pCPUs. The hardware was itself emulated, so shares, order and counts are real and absolute times are not a machine's.
What ran and how it was recorded: demo/README.md

$ vmtoll explain demo/trace.dat

`;

interface DemoFlags {
  readonly json?: boolean;
  readonly save?: string;
}

export function addDemo(program: Command): void {
  program
    .command('demo')
    .description('explain the real recording that comes with vmtoll, or traces of a simulated QNX host')
    .addArgument(new Argument('[hypervisor]', 'whose').choices(['kvm', 'qnx']).default('kvm'))
    .option('--json', 'print the whole Explanation as JSON (qnx: a list of both)')
    .option('--save <folder>', 'qnx: write the traces and configurations there instead')
    .addHelpText(
      'after',
      '\nExamples:\n  vmtoll demo       a Linux/KVM host\n  vmtoll demo qnx   a QNX host: a serial console against VIRTIO',
    )
    .action(async (hypervisor: string, flags: DemoFlags) => {
      process.exitCode = hypervisor === 'qnx' ? await runQnxDemo(flags) : await runKvmDemo(flags);
    });
}

async function runKvmDemo({ json, save }: DemoFlags): Promise<ExitCode> {
  if (save !== undefined) {
    const hint = 'Its recording is a file already: demo/trace.dat in the package.';
    printIssue({ code: 'nothing-to-save', severity: 'error', message: '--save is for the demonstration of QNX', hint });
    return ExitCode.wrongUsage;
  }
  if (json !== true) print(INTRODUCTION);
  return runExplain([RECORDING], json === true ? { json } : {});
}
