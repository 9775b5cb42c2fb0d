/** The configuration of a machine of Xen, which `xl create FILE` reads. */
import { Complaints } from '../complaints.js';
import type { ConfigurationFormat } from '../configuration-format.js';
import { DEVICE_SETTINGS } from './devices.js';
import { KNOWN_SETTINGS } from './known-settings.js';
import { machineOf } from './machine.js';
import { settingsIn } from './syntax.js';

const ID = 'xl';

export const xlConfiguration: ConfigurationFormat = {
  id: ID,
  name: 'xl configuration (Xen)',
  example: 'the file of "xl create FILE", often in /etc/xen',
  sniff: looksLikeXl,
  read(file) {
    const complaints = new Complaints();
    return machineOf(file, ID, settingsIn(file, complaints), complaints);
  },
};

const HEAD_LINES = 1000;
const ASSIGNMENT = /^\s*([a-z][a-z0-9_.]*)\s*\+?=\s*(.)/i;

/** The first assignment is one that xl knows, with a value as xl writes them. */
function looksLikeXl(text: string): boolean {
  if (text.includes('\0')) return false;
  for (const line of text.split('\n', HEAD_LINES)) {
    if (/^\s*(?:#.*)?$/.test(line)) continue;
    const [, name, first] = ASSIGNMENT.exec(line) ?? [];
    return name !== undefined && isKnown(name) && /['"[\d]/.test(first);
  }
  return false;
}

const MAIN = ['name', 'vcpus', 'maxvcpus', 'cpus', 'memory', 'maxmem', 'cpu_weight', 'cap', 'localtime', 'hpet'];
const isKnown = (name: string): boolean => MAIN.includes(name) || KNOWN_SETTINGS.has(name) || DEVICE_SETTINGS.has(name);
