/** What QEMU's monitor prints of a running machine: `info qtree`, `info mtree`, or both. */
import type { ConfigurationFormat } from '../configuration-format.js';
import { dumpOf, linesOf } from './dump.js';
import { isMap, mappedDevices } from './mtree.js';
import { isTree, treeDevices } from './qtree.js';

const ID = 'qemu-monitor';
const HEAD = 64 * 1024;

export const qemuMonitor: ConfigurationFormat = {
  id: ID,
  name: '"info qtree" and "info mtree" of QEMU\'s monitor',
  example: 'virsh qemu-monitor-command GUEST --hmp "info qtree"; the same in QEMU\'s own monitor',
  sniff: (text) => {
    const head = text.slice(0, HEAD);
    return isTree(head) || isMap(head);
  },
  read(file) {
    const lines = linesOf(file);
    // The map knows more addresses, the tree the devices' names: of equal windows the last is taken.
    return dumpOf(file, ID, [...mappedDevices(lines), ...treeDevices(lines)]);
  },
};
