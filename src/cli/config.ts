/** vmtoll config */
import type { Command } from 'commander';
import { readConfigurationPaths } from '../node/configuration-files.js';
import type { MachineConfiguration } from '../platform/configurations/machine-configuration.js';
import { CONFIGURATION_FORMATS } from '../platform/configurations/registry.js';
import { configurationText } from '../report/text/configuration.js';
import { styleFor } from '../report/text/style.js';
import { ExitCode } from './exit-code.js';
import { jsonText, print, printIssue, terminalWidth, wantsColour } from './output.js';

const EXAMPLES = `
Examples:
  vmtoll config guest.qvmconf                  what was understood: vCPUs, memory, devices with their addresses
  vmtoll config guest.qvmconf --json | jq '.configurations[].devices[].type'
  virsh dumpxml guest | vmtoll config -        of libvirt; likewise QEMU's command line, Firecracker, Xen, …
  vmtoll explain trace.kev --config guest.qvmconf   the same addresses name devices in the answer`;

export function addConfig(program: Command): void {
  program
    .command('config')
    .description('show what vmtoll understands of the configurations of machines')
    .argument(
      '<file...>',
      'of QEMU, libvirt, Firecracker, Cloud Hypervisor, xl or qvm (vmtoll formats lists them); "-" reads a pipe',
    )
    .option('--json', 'as JSON')
    .addHelpText('after', EXAMPLES)
    .action((files: string[], { json }: { json?: boolean }) => {
      process.exitCode = runConfig(files, json === true);
    });
}

function runConfig(files: readonly string[], asJson: boolean): ExitCode {
  const read = readConfigurationPaths(files);
  if (!read.ok) {
    printIssue(read.issue);
    return ExitCode.unreadable;
  }
  print(asJson ? jsonText({ version: 1, configurations: read.value }) : read.value.map(textOf).join('\n'));
  const hasErrors = read.value.some(({ issues }) => issues.some(({ severity }) => severity === 'error'));
  return hasErrors ? ExitCode.unreadable : ExitCode.fine;
}

function textOf(configuration: MachineConfiguration): string {
  const format = CONFIGURATION_FORMATS.find(({ id }) => id === configuration.format);
  return configurationText(
    configuration,
    format?.name ?? configuration.format,
    styleFor(wantsColour(), terminalWidth()),
  );
}
