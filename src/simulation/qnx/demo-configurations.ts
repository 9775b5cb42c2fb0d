/** The configurations of the demonstration's guests: what qvm would be started with. */
import { PL011_ADDRESS, VIRTIO_BLOCK_ADDRESS, VIRTIO_CONSOLE_ADDRESS } from './exit-codes.js';

const hex = (address: number): string => `0x${address.toString(16)}`;

const SERIAL_CONSOLE = `vdev pl011
    loc ${hex(PL011_ADDRESS)}
    intr gic:37
    hostdev >-`;

const VIRTIO_CONSOLE = `vdev virtio-console
    loc ${hex(VIRTIO_CONSOLE_ADDRESS)}
    intr gic:42`;

const withConsole = (console: string): string => `# A Linux guest with two CPUs, each pinned to a core.
system linux-guest
ram 0x80000000,512M
cpu cluster _cpu-0 sched 10r
cpu cluster _cpu-1 sched 10r
${console}
vdev virtio-blk
    loc ${hex(VIRTIO_BLOCK_ADDRESS)}
    intr gic:41
    hostdev /dev/qvmdisk0
# Without these, some exits are not written into traces.
set trace-vtimer on
set trace-wfe on
`;

export const serialConsoleConfiguration = (): string => withConsole(SERIAL_CONSOLE);
export const virtioConsoleConfiguration = (): string => withConsole(VIRTIO_CONSOLE);
