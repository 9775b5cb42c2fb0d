/** QEMU: a command line, as the kernel or a shell has it, or a file of `-readconfig`. */
import { Complaints } from '../complaints.js';
import type { ConfigurationFile, ConfigurationFormat } from '../configuration-format.js';
import type { MachineConfiguration } from '../machine-configuration.js';
import { placesIn } from '../text-places.js';
import { type QemuCommand, qemuCommand } from './command.js';
import { machineOf, UNKNOWN_START } from './machine.js';
import { optionsOf } from './options.js';
import { looksLikeReadConfig, optionsOfFile } from './read-config.js';
import { type QemuOption, textOf } from './settings.js';
import { commandOfKernel, commandsOfShell } from './words.js';

const COMMAND_LINE = 'qemu-command-line';
const READ_CONFIG = 'qemu-config';

export const qemuCommandLine: ConfigurationFormat = {
  id: COMMAND_LINE,
  name: 'QEMU command line',
  example:
    '/proc/PID/cmdline of the running QEMU, what "ps -ww -o args" prints, a script, /var/log/libvirt/qemu/GUEST.log',
  sniff: (text) => {
    const head = text.slice(0, HEAD);
    return MENTIONED.test(head) && commandsIn({ source: '', text: head }).length > 0;
  },
  read(file, include) {
    const complaints = new Complaints();
    const commands = commandsIn(file).map((command) => {
      const ofCommand = new Complaints();
      for (const { openQuote } of command.arguments) {
        if (openQuote !== undefined)
          ofCommand.add('unclosed-quote', openQuote, 'the quote that begins here has no end');
      }
      return { command, options: optionsOf(command.arguments, include, ofCommand), complaints: ofCommand };
    });
    const chosen = chosenOf(commands, complaints);
    if (chosen === undefined) {
      return machineOf(file, COMMAND_LINE, [], { ...UNKNOWN_START, program: placesIn(file)(0) }, complaints);
    }
    const { command, options } = chosen;
    const start = { ...command, program: command.program.place };
    const machine = machineOf(file, COMMAND_LINE, options, start, chosen.complaints);
    return { ...machine, issues: [...complaints.list(), ...machine.issues] };
  },
};

/** Logs of libvirt are long, and the first command stands near their beginning. */
const HEAD = 64 * 1024;
const MENTIONED = /(?:qemu-system-|qemu-kvm|\bkvm\b|\bqemu\b)/;

function commandsIn(file: ConfigurationFile): QemuCommand[] {
  const commands = file.text.includes('\0') ? [commandOfKernel(file)] : commandsOfShell(file);
  return commands.map(qemuCommand).filter((command) => command !== undefined);
}

interface ReadCommand {
  readonly command: QemuCommand;
  readonly options: readonly QemuOption[];
  readonly complaints: Complaints;
}

/** A log of one guest has the newest start at its end; of several guests the first is taken. */
function chosenOf(commands: readonly ReadCommand[], complaints: Complaints): ReadCommand | undefined {
  const [first] = commands;
  const nameOf = ({ options }: ReadCommand) => {
    const option = options.findLast(({ name }) => name === 'name');
    return option && textOf(option, 'guest');
  };
  if (commands.length < 2) return first;
  const areOne = nameOf(first) !== undefined && commands.every((command) => nameOf(command) === nameOf(first));
  if (areOne) return commands.at(-1);
  complaints.add(
    'several-machines',
    commands[1].command.program.place,
    `${commands.length} machines are started here: only the first is read`,
    {
      severity: 'warning',
      hint: 'Give each of them a file of its own.',
    },
  );
  return first;
}

export const qemuConfig: ConfigurationFormat = {
  id: READ_CONFIG,
  name: 'QEMU configuration file',
  example: 'the file of "qemu-system-x86_64 -readconfig FILE"',
  sniff: looksLikeReadConfig,
  read(file): MachineConfiguration {
    const complaints = new Complaints();
    const options = optionsOfFile(file, complaints);
    const program = placesIn(file)(0);
    return machineOf(file, READ_CONFIG, options, { ...UNKNOWN_START, program }, complaints);
  },
};
