/** Which command of a text starts QEMU, and what stands before it. */
import type { Command, Word } from './words.js';

export interface QemuCommand {
  /** The program. */
  readonly program: Word;
  /** As `uname -m` prints it; null where the program's name does not say. */
  readonly architecture: string | null;
  /** "kvm" where the program is called so: it is QEMU with KVM. */
  readonly accelerator: string | null;
  readonly arguments: Command;
  /** What stands before the program: programs that start it, variables of its environment, columns of `ps`. */
  readonly before: Command;
}

/** QEMU's names of targets that are not those of `uname -m`. */
const ARCHITECTURES: Readonly<Record<string, string>> = { arm: 'armv7l', i386: 'i686' };
/** The last part of the path; "kvm" and "qemu-kvm" are what distributions call it. */
const PROGRAM = /(?:^|\/)(?:qemu-system-([\w.-]+?)|qemu-kvm|kvm|qemu)(?:\.exe)?$/;

/** Architecture of the program of that name; undefined where it is not QEMU. */
function qemuOf(text: string): { readonly architecture: string | null } | undefined {
  const found = PROGRAM.exec(text);
  if (found === null) return undefined;
  const [, target] = found;
  if (target === undefined) return { architecture: null };
  return { architecture: ARCHITECTURES[target] ?? target };
}

/** undefined where the command does not start QEMU; a program of that name without options is only mentioned. */
export function qemuCommand(command: Command): QemuCommand | undefined {
  const index = command.findIndex(
    ({ text }, at) => qemuOf(text) !== undefined && /^-[a-zA-Z-]/.test(command[at + 1]?.text ?? ''),
  );
  if (index === -1) return undefined;
  const program = command[index];
  const architecture = qemuOf(program.text)!.architecture;
  const accelerator = /(?:^|[/-])kvm$/.test(program.text) ? 'kvm' : null;
  return { program, architecture, accelerator, arguments: command.slice(index + 1), before: command.slice(0, index) };
}
