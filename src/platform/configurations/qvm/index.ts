/** The configuration of a virtual machine of the QNX hypervisor, which `qvm @FILE` reads: *.qvmconf. */
import type { ConfigurationFormat } from '../configuration-format.js';
import { Complaints } from './complaints.js';
import { machineOf } from './machine.js';
import { BLOB_TYPES, TOP_OPTIONS } from './option-table.js';
import { statementsOf } from './statements.js';
import { WordStream } from './word-stream.js';

const ID = 'qvmconf';

export const qvmConfiguration: ConfigurationFormat = {
  id: ID,
  name: 'qvm configuration (QNX hypervisor)',
  example: 'the file after the @ of "qvm @guest.qvmconf", on the host or in its build',
  sniff: looksLikeQvm,
  read(file, include) {
    const complaints = new Complaints();
    const statements = statementsOf(new WordStream(file, include, complaints), complaints);
    return machineOf(file, ID, statements, complaints);
  },
};

/** Characters that decide; configurations may begin with pages of comments. */
const HEAD = 64 * 1024;

/** The first word is an option or includes a file, and nothing is assigned: other configurations write name = value. */
function looksLikeQvm(text: string): boolean {
  if (text.includes('\0')) return false;
  const lines = text
    .slice(0, HEAD)
    .split('\n')
    .map((line) => line.replace(/#.*/s, '').trim())
    .filter((line) => line !== '');
  const firstWords = lines.map((line) => line.split(/\s+/, 2));
  const [[first = '', second = ''] = []] = firstWords;
  if (!isTopWord(first) || second.startsWith('=')) return false;
  return firstWords.filter(([word]) => isTopWord(word)).length * MOST_INNER_LINES >= lines.length;
}

/** Few devices have more lines of their own. */
const MOST_INNER_LINES = 20;

const isTopWord = (word: string): boolean => TOP_OPTIONS.has(word) || BLOB_TYPES.has(word) || /^@./.test(word);
